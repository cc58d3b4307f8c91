import { pick, type TokenCounting } from "../token-counting.ts";
import { bedrockConverse } from "./conversation.ts";

const counted = ["system", "messages", "toolConfig", "additionalModelRequestFields"];

/** Tokens as Bedrock counts them, for the models for which it does. */
export const bedrockCounting: TokenCounting = {
  path: "/model/{model}/count-tokens",
  conversation: bedrockConverse,
  ask: (request) => ({ input: { converse: pick(request, counted) } }),
  tokensIn: (answer) => answer["inputTokens"],
};
