import { anthropicMessages } from "./anthropic/conversation.ts";
import { type FormatName } from "#inference";
import { bedrockConverse } from "./bedrock/conversation.ts";
import { type Conversation, type ConversationName, type TargetConversation } from "./conversation.ts";
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

/** The conversations that a target of each format holds, the one that keeps most of a model's reasoning first. */
export const targetConversations: Readonly<Record<FormatName, readonly TargetConversation[]>> = {
  openai: [openaiResponses, openaiChat],
  anthropic: [anthropicMessages],
  gemini: [geminiContent],
  bedrock: [bedrockConverse],
};
