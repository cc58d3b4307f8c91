import { fillPath } from "../upstream-path.ts";
import { type WireFormat } from "../wire-format.ts";
import { encodeError, encodeStreamError } from "./encode-error.ts";
import { endpoints } from "./endpoints.ts";
import { readAnswer } from "./read-answer.ts";
import { readAsk } from "./read-ask.ts";

/** Anthropic's Messages. */
export const anthropic: WireFormat = {
  name: "anthropic",
  defaultBaseUrl: "https://api.anthropic.com",
  endpoints,
  forwardedHeaders: ["anthropic-version", "anthropic-beta", "idempotency-key"],
  upstreamIdHeaders: ["request-id"],
  credentialHeaders: (secret) => ["x-api-key", secret.reveal()],
  upstreamPath: (source) => fillPath(source),
  readAsk,
  readAnswer,
  encodeError,
  encodeStreamError,
};
