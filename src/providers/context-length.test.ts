import { describe, expect, it } from "vitest";
import { CONTEXT_LENGTH_EXCEEDED, type FormatName } from "#inference";
import { relayAnswer } from "./relay-answer.ts";
import { readAnswer as readConverse } from "./bedrock/read-answer.ts";

const json = "application/json";
const openai = (error: object) => JSON.stringify({ error });

const said: readonly (readonly [string, FormatName, number, string])[] = [
  [
    "OpenAI",
    "openai",
    400,
    openai({ message: "Too long.", type: "invalid_request_error", param: "messages", code: "context_length_exceeded" }),
  ],
  [
    "OpenAI on embeddings",
    "openai",
    400,
    openai({
      message: "This model's maximum context length is 8192 tokens, however you requested 9000 tokens.",
      type: "invalid_request_error",
      code: null,
    }),
  ],
  [
    "vLLM",
    "openai",
    400,
    openai({
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: "BadRequestError",
      code: 400,
    }),
  ],
  [
    "vLLM before",
    "openai",
    400,
    JSON.stringify({
      object: "error",
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: "BadRequestError",
      code: 400,
    }),
  ],
  [
    "vLLM's engine",
    "openai",
    400,
    openai({ message: "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", code: 400 }),
  ],
  [
    "llama.cpp",
    "openai",
    400,
    openai({ code: 400, message: "the request exceeds the available context size, try increasing it", n_ctx: 4096 }),
  ],
  [
    "xAI",
    "openai",
    400,
    JSON.stringify({
      code: "Client specified an invalid argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    }),
  ],
  [
    "Mistral",
    "openai",
    400,
    openai({ message: "Prompt contains 40000 tokens, too large for model with 32768 maximum context length" }),
  ],
  [
    "Text Generation Inference",
    "openai",
    422,
    JSON.stringify({
      error: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
      error_type: "validation",
    }),
  ],
  [
    "Anthropic",
    "anthropic",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}',
  ],
  [
    "Anthropic with an output cap",
    "anthropic",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"}}',
  ],
  [
    "Gemini",
    "gemini",
    400,
    '{"error":{"code":400,"message":"The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).","status":"INVALID_ARGUMENT"}}',
  ],
  [
    "Gemini in an array",
    "gemini",
    400,
    '[{"error":{"code":400,"message":"The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).","status":"INVALID_ARGUMENT"}}]',
  ],
];

describe("a prompt that does not fit the model", () => {
  it.for(said)("is known as such when %s says so", ([, format, status, body]) => {
    const { facts } = relayAnswer(format, body, { status, stream: false, contentType: json, size: 7 });
    expect([facts.end, facts.errorType]).toEqual(["error", CONTEXT_LENGTH_EXCEEDED]);
  });

  it("is known as such when Bedrock says so", () => {
    const reader = readConverse({
      operation: "chat",
      stream: false,
      status: 400,
      contentType: json,
      stripUsage: false,
      receipt: undefined,
    });
    reader.push(Buffer.from('{"message":"Input is too long for requested model."}'));
    reader.finish();
    expect(reader.facts().errorType).toBe(CONTEXT_LENGTH_EXCEEDED);
  });

  it.for([
    ["an error event", '{"type":"error","code":"context_length_exceeded","message":"m","sequence_number":2}'],
    [
      "a failed response",
      '{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"context_length_exceeded","message":"m"}}}',
    ],
  ] as const)("is known as such inside a stream of responses, by %s", ([, data]) => {
    const { facts } = relayAnswer("openai", `data: ${data}\n\n`, { operation: "response" });
    expect([facts.end, facts.errorType]).toEqual(["error", CONTEXT_LENGTH_EXCEEDED]);
  });

  it.for([
    [
      "openai",
      openai({ message: "Invalid value: 'x'.", type: "invalid_request_error", code: "invalid_value" }),
      "invalid_value",
    ],
    [
      "openai",
      openai({
        message: "Request too large on tokens per min (TPM): Limit 30000",
        type: "tokens",
        code: "rate_limit_exceeded",
      }),
      "rate_limit_exceeded",
    ],
    [
      "anthropic",
      '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 9 > 8, which is the maximum"}}',
      "invalid_request_error",
    ],
  ] as const)("is not what else is wrong with a request of %s: %s", ([format, body, word]) => {
    const { facts } = relayAnswer(format, body, { status: 400, stream: false, contentType: json });
    expect(facts.errorType).toBe(word);
  });
});
