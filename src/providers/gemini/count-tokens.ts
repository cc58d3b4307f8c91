import { parsedBody } from "../parsed-body.ts";
import { type ClientCounting, pick } from "../token-counting.ts";
import { isObject } from "../usage-counts.ts";
import { geminiContent } from "./conversation.ts";
import { modelName } from "./endpoints.ts";

/** What Vertex AI takes beside the contents. */
const flat = ["contents", "systemInstruction", "tools", "generationConfig"];

/** Tokens as Google counts them: of contents alone, or of a whole request that stands inside the one that asks. */
export const geminiCounting: ClientCounting = {
  path: "/v1beta/models/{model}:countTokens",
  conversation: geminiContent,
  open(source) {
    const body = parsedBody(source.body);
    const whole = body["generateContentRequest"] ?? body["generate_content_request"];
    return isObject(whole) ? { ...source, body: Buffer.from(JSON.stringify(whole)) } : source;
  },
  ask: (request, { model, isFlat }) =>
    isFlat ? pick(request, flat) : { generateContentRequest: { model: `models/${modelName(model)}`, ...request } },
  tokensIn: (answer) => answer["totalTokens"],
  say: (tokens) => ({ totalTokens: tokens }),
};
