import { anthropicMessages } from "./anthropic/conversation.ts";
import { type Conversation, type ConversationName } from "./conversation.ts";
import { geminiContent } from "./gemini/conversation.ts";
import { openaiChat } from "./openai-chat/conversation.ts";
import { openaiResponses } from "./openai-responses/conversation.ts";

/** All conversations, by name. Each can be translated into each other one. */
export const conversations: Readonly<Record<ConversationName, Conversation>> = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  anthropic: anthropicMessages,
  gemini: geminiContent,
};
