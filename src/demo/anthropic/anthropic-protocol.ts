import { type Complaint, type ErrorAnswer, type Protocol, type ProviderCall } from "../protocol.ts";
import { toAnthropicError } from "./anthropic-error.ts";
import { organizationsEndpoints } from "./organizations.ts";
import { answerCountTokens, answerMessages } from "./messages.ts";

const CALLS_PER_MINUTE = 30_000;
const INPUT_TOKENS_PER_MINUTE = 100_000_000;
const OUTPUT_TOKENS_PER_MINUTE = 20_000_000;

/** Anthropic's way to speak. */
export function anthropicProtocol(): Protocol {
  return {
    format: "anthropic",
    caching: "marked",
    newRequestId: (random) => `req_011C${random.base62(20)}`,
    credentialOf: (headers) => {
      const key = headers["x-api-key"];
      return typeof key === "string" ? key : /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
    },
    answerHeaders,
    encodeError,
    endpoints: [
      { method: "POST", path: "/messages", answer: answerMessages },
      { method: "POST", path: "/messages/count_tokens", answer: answerCountTokens },
      ...organizationsEndpoints,
    ],
  };
}

function answerHeaders(call: ProviderCall): readonly string[] {
  const reset = new Date(Math.floor(call.at / 60_000) * 60_000 + 60_000).toISOString().replace(/\.\d+Z$/, "Z");
  const inputLeft = INPUT_TOKENS_PER_MINUTE - Math.ceil(call.body.length / 4);
  const limit = (name: string, most: number, left: number): readonly string[] => [
    `anthropic-ratelimit-${name}-limit`,
    String(most),
    `anthropic-ratelimit-${name}-remaining`,
    String(Math.max(0, left)),
    `anthropic-ratelimit-${name}-reset`,
    reset,
  ];
  return [
    "request-id",
    call.requestId,
    "anthropic-organization-id",
    "00000000-0000-4000-8000-000000000000",
    ...limit("requests", CALLS_PER_MINUTE, CALLS_PER_MINUTE - call.callsThisMinute),
    ...limit("input-tokens", INPUT_TOKENS_PER_MINUTE, inputLeft),
    ...limit("output-tokens", OUTPUT_TOKENS_PER_MINUTE, OUTPUT_TOKENS_PER_MINUTE),
  ];
}

function encodeError(complaint: Complaint, call: ProviderCall): ErrorAnswer {
  const { status, ...error } = toAnthropicError(complaint);
  const headers = status === 429 ? ["retry-after", "1", "x-should-retry", "true"] : [];
  return { status, headers, body: JSON.stringify({ type: "error", error, request_id: call.requestId }) };
}
