/** What clients of each format read in the failures that they react to, from answers as providers gave them. */
import { describe, expect, it } from "vitest";
import { type FormatName } from "#inference";
import { bedrockConverse } from "./bedrock/conversation.ts";
import { type ConversationName } from "./conversation.ts";
import { conversations } from "./conversations.ts";

interface Recorded {
  readonly what: string;
  readonly from: FormatName;
  readonly status: number;
  readonly body: unknown;
  /** Type and code for OpenAI's clients, type for Anthropic's, status for Gemini's. */
  readonly said: readonly [string, string | null, string, string];
}

const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_1" });
const google = (code: number, message: string, status: string) => ({ error: { code, message, status } });
const openai = (code: string | null, message: string, type = "invalid_request_error") => ({
  error: { message, type, param: null, code },
});

const tooLong = [
  "invalid_request_error",
  "context_length_exceeded",
  "invalid_request_error",
  "INVALID_ARGUMENT",
] as const;
const noModel = ["invalid_request_error", "model_not_found", "not_found_error", "NOT_FOUND"] as const;
const limited = ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"] as const;
const noMoney = ["insufficient_quota", "insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED"] as const;
const filtered = ["invalid_request_error", "content_filter", "invalid_request_error", "INVALID_ARGUMENT"] as const;

const recorded: readonly Recorded[] = [
  {
    what: "Anthropic's prompt too long",
    from: "anthropic",
    status: 400,
    body: anthropic("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
    said: tooLong,
  },
  {
    what: "Gemini's prompt too long",
    from: "gemini",
    status: 400,
    body: google(
      400,
      "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
      "INVALID_ARGUMENT",
    ),
    said: tooLong,
  },
  {
    what: "Bedrock's prompt too long",
    from: "bedrock",
    status: 400,
    body: { message: "Input is too long for requested model." },
    said: tooLong,
  },
  {
    what: "OpenAI's prompt too long",
    from: "openai",
    status: 400,
    body: openai("context_length_exceeded", "Your input exceeds the context window of this model."),
    said: tooLong,
  },
  {
    what: "vLLM's prompt too long",
    from: "openai",
    status: 400,
    body: {
      error: {
        message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        type: "BadRequestError",
        code: 400,
      },
    },
    said: tooLong,
  },
  {
    what: "Anthropic's unknown model",
    from: "anthropic",
    status: 404,
    body: anthropic("not_found_error", "model: claude-sonet-4-5"),
    said: noModel,
  },
  {
    what: "Gemini's unknown model",
    from: "gemini",
    status: 404,
    body: google(404, "models/gemini-3.6-flahs is not found for API version v1beta", "NOT_FOUND"),
    said: noModel,
  },
  {
    what: "Bedrock's unknown model",
    from: "bedrock",
    status: 400,
    body: { message: "The provided model identifier is invalid." },
    said: noModel,
  },
  {
    what: "OpenAI's unknown model, of a chat",
    from: "openai",
    status: 404,
    body: openai("model_not_found", "The model `gpt-5.2-proo` does not exist or you do not have access to it."),
    said: noModel,
  },
  {
    what: "OpenAI's unknown model, of a response",
    from: "openai",
    status: 400,
    body: openai("model_not_found", "The requested model 'gpt-5.2-proo' does not exist."),
    said: noModel,
  },
  {
    what: "Azure's unknown deployment",
    from: "openai",
    status: 404,
    body: { error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." } },
    said: noModel,
  },
  {
    what: "Anthropic's rate limit",
    from: "anthropic",
    status: 429,
    body: anthropic(
      "rate_limit_error",
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute.",
    ),
    said: limited,
  },
  {
    what: "Gemini's rate limit, in an array",
    from: "gemini",
    status: 429,
    body: [google(429, "Resource exhausted. Please try again later.", "RESOURCE_EXHAUSTED")],
    said: limited,
  },
  {
    what: "OpenAI's rate limit",
    from: "openai",
    status: 429,
    body: openai(
      "rate_limit_exceeded",
      "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 31538.",
      "tokens",
    ),
    said: limited,
  },
  {
    what: "OpenAI's empty account",
    from: "openai",
    status: 429,
    body: openai(
      "insufficient_quota",
      "You exceeded your current quota, please check your plan and billing details.",
      "insufficient_quota",
    ),
    said: noMoney,
  },
  {
    what: "Anthropic's empty account",
    from: "anthropic",
    status: 400,
    body: anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    said: noMoney,
  },
  {
    what: "OpenAI's spent project",
    from: "openai",
    status: 429,
    body: openai("project_spend_limit_exceeded", "The project has reached its limit.", "insufficient_quota"),
    said: noMoney,
  },
  {
    what: "OpenAI's hard limit",
    from: "openai",
    status: 400,
    body: openai("billing_hard_limit_reached", "Billing hard limit has been reached."),
    said: noMoney,
  },
  {
    what: "Anthropic's limit of a workspace",
    from: "anthropic",
    status: 400,
    body: anthropic("invalid_request_error", "You have reached your specified workspace API usage limits."),
    said: noMoney,
  },
  {
    what: "Anthropic's spent month",
    from: "anthropic",
    status: 429,
    body: {
      type: "error",
      error: { type: "rate_limit_error", message: "m", details: { error_code: "enforced_spend_limit_reached" } },
    },
    said: noMoney,
  },
  {
    what: "Bedrock's spent day",
    from: "bedrock",
    status: 429,
    body: { message: "Too many tokens per day, please wait before trying again." },
    said: noMoney,
  },
  {
    what: "Bedrock's limit on tokens",
    from: "bedrock",
    status: 429,
    body: { message: "Too many tokens, please wait before trying again." },
    said: limited,
  },
  {
    what: "Gemini's spent day",
    from: "gemini",
    status: 429,
    body: {
      error: {
        code: 429,
        message: "You exceeded your current quota.",
        status: "RESOURCE_EXHAUSTED",
        details: [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }] }],
      },
    },
    said: noMoney,
  },
  {
    what: "Anthropic's filter",
    from: "anthropic",
    status: 400,
    body: anthropic("invalid_request_error", "Output blocked by content filtering policy"),
    said: filtered,
  },
  {
    what: "Azure's filter",
    from: "openai",
    status: 400,
    body: openai(
      "content_filter",
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    ),
    said: filtered,
  },
  {
    what: "Anthropic's overload",
    from: "anthropic",
    status: 529,
    body: anthropic("overloaded_error", "Overloaded"),
    said: ["server_error", "overloaded_error", "overloaded_error", "UNAVAILABLE"],
  },
  {
    what: "Gemini's overload",
    from: "gemini",
    status: 503,
    body: google(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"),
    said: ["server_error", "UNAVAILABLE", "overloaded_error", "UNAVAILABLE"],
  },
  {
    what: "another page's 404",
    from: "openai",
    status: 404,
    body: "<html>",
    said: ["invalid_request_error", null, "not_found_error", "NOT_FOUND"],
  },
  {
    what: "a limit in words that are another's",
    from: "openai",
    status: 429,
    body: openai(null, "Slow down: prompt is too long", "requests"),
    said: ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"],
  },
];

const readers = {
  openai: conversations["openai-chat"],
  anthropic: conversations.anthropic,
  gemini: conversations.gemini,
  bedrock: bedrockConverse,
};

function saidTo(to: ConversationName, { from, status, body }: Recorded) {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const failure = readers[from].decodeFailure(status, bytes);
  return { failure, error: JSON.parse(conversations[to].encodeFailure({ status, failure, call: "c" })).error };
}

describe.each(recorded)("$what", (one) => {
  it("is said in the word that each client looks for, with the provider's message", () => {
    const { error: chat, failure } = saidTo("openai-chat", one);
    const [claude, gemini] = [saidTo("anthropic", one).error, saidTo("gemini", one).error];
    expect([chat.type, chat.code, claude.type, gemini.status]).toEqual(one.said);
    for (const { message } of [chat, claude, gemini]) expect(message).toContain(failure.message);
    expect([chat.code, chat.upstream_code ?? chat.code]).toContain(failure.code ?? chat.code);
  });
});

describe("A prompt that is too long", () => {
  const [one] = recorded.filter(({ what }) => what.startsWith("Gemini's prompt"));

  it("is told with the field of OpenAI's two formats, and in Anthropic's words", () => {
    if (one === undefined) throw new Error("not recorded");
    const params = (["openai-chat", "openai-responses"] as const).map((to) => saidTo(to, one).error.param);
    expect(params).toEqual(["messages", "input"]);
    expect(saidTo("anthropic", one).error.message).toMatch(/^prompt is too long: The input token count/);
  });
});
