import { type ClientCounting, pick } from "../token-counting.ts";
import { openaiResponses } from "./conversation.ts";

/** What of a response's request decides about its tokens. */
const counted = ["model", "input", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning"];

/** Tokens as OpenAI counts them, whichever of its conversations is held. */
export const openaiCounting: ClientCounting = {
  path: "/v1/responses/input_tokens",
  conversation: openaiResponses,
  open: (source) => source,
  ask: (request) => pick(request, counted),
  tokensIn: (answer) => answer["input_tokens"],
  say: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
};
