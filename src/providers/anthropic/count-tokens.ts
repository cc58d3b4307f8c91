import { type ClientCounting, pick } from "../token-counting.ts";
import { anthropicMessages } from "./conversation.ts";

/** What of a message's request decides about its tokens. */
const counted = ["model", "system", "messages", "tools", "tool_choice", "thinking", "output_config"];

/** Tokens as Anthropic counts them. */
export const anthropicCounting: ClientCounting = {
  path: "/v1/messages/count_tokens",
  conversation: anthropicMessages,
  open: (source) => source,
  ask: (request) => pick(request, counted),
  tokensIn: (answer) => answer["input_tokens"],
  say: (tokens) => ({ input_tokens: tokens }),
};
