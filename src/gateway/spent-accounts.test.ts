import { afterEach, describe, expect, it } from "vitest";
import { type FormatName } from "#inference";
import { Secret } from "#units";
import { answering, ask, chat, doneFrame, frame, Rig, type RigOptions, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(script: Script, options: Partial<RigOptions>): Promise<Rig> {
  rig = await Rig.start({ script, more: [{ name: "second" }], ...options });
  return rig;
}

const purposes = (made: Rig) =>
  made.booked("attempt-dispatched").map(({ purpose, provider }) => `${purpose} ${provider}`);

const openai = (code: string | null, type = "insufficient_quota") => ({ error: { message: "m", type, code } });
const anthropic = (type: string, message: string, details: object = {}) => ({
  type: "error",
  error: { type, message, details },
});
const google = (...quotaIds: string[]) => ({
  error: {
    code: 429,
    status: "RESOURCE_EXHAUSTED",
    message: "You exceeded your current quota.",
    details: [
      { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: quotaIds.map((quotaId) => ({ quotaId })) },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "11s" },
    ],
  },
});
const ofMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
const ofDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";

const bedrock = { message: "Too many tokens per day, please wait before trying again." };

const said: readonly (readonly [string, FormatName, number, unknown])[] = [
  ["OpenAI", "openai", 429, openai("insufficient_quota")],
  ["OpenAI by type alone", "openai", 429, openai(null)],
  ["OpenAI of its credits", "openai", 429, openai("credit_balance_exhausted")],
  ["OpenAI of a project's limit", "openai", 429, openai("project_spend_limit_exceeded", "rate_limit_error")],
  ["OpenAI of a limit", "openai", 400, openai("billing_hard_limit_reached", "invalid_request_error")],
  ["a server like OpenAI's", "openai", 429, { error: { message: "m", type: "insufficient_quota", code: 429 } }],
  ["DeepSeek", "openai", 402, openai("invalid_request_error", "unknown_error")],
  ["Anthropic", "anthropic", 402, anthropic("billing_error", "Pay.")],
  [
    "Anthropic of its limit",
    "anthropic",
    400,
    anthropic(
      "invalid_request_error",
      "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
    ),
  ],
  [
    "Anthropic of the month",
    "anthropic",
    429,
    anthropic("rate_limit_error", "m", { error_code: "enforced_spend_limit_reached" }),
  ],
  ["Gemini of the day", "gemini", 429, google(ofMinute, ofDay)],
  ["Gemini of the day, in an array", "gemini", 429, [google(ofDay)]],
  ["Bedrock of the day", "bedrock", 429, bedrock],
];

describe("an account at a provider that cannot pay", () => {
  it.for(said)(
    "as %s says it, is asked no more: the next target is, and its key rests",
    async ([, format, status, body]) => {
      const made = await start(
        (sent, response, number) => {
          if (number > 1) return answering(sent, response, number);
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        },
        { provider: { format }, routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } } },
      );
      for (let time = 0; time < 2; time += 1) {
        expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
      }
      expect(purposes(made)).toEqual(["answer openai", "fallback second", "answer second"]);
      expect(made.gateway.metrics().targets).toMatchObject([{ failures: 1, limited: 0, availability: "cooling" }, {}]);
      if (status !== 402 || format !== "openai")
        expect(made.booked("attempt-settled")[0]).toMatchObject({ error: "upstream_insufficient_quota" });
    },
  );

  it("is followed by the provider's other key at once, which may be another account's", async () => {
    for (const [, format, status, body] of [said[0], said[6]].flatMap((one) => (one === undefined ? [] : [one]))) {
      const made = await start(
        (sent, response, number) => {
          if (sent.headers.authorization !== "Bearer key-one") return answering(sent, response, number);
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        },
        { provider: { format, apiKey: new Secret("key-one"), moreKeys: [new Secret("key-two")] } },
      );
      for (let time = 0; time < 3; time += 1) expect((await ask(made, { body: chat() })).status).toBe(200);
      expect(made.sent.filter(({ headers }) => headers.authorization === "Bearer key-one")).toHaveLength(1);
      await made.stop();
    }
  });

  it("is told inside a stream too, and not asked again", async () => {
    const made = await start(
      (sent, response, number) => {
        if (number > 1) return answering(sent, response, number);
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(`data: ${JSON.stringify(openai("insufficient_quota"))}\n\n`);
      },
      { routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } } },
    );
    const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(answer.body).toBe(frame("one") + frame("two") + doneFrame);
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
  });

  it("is not seen in a limit that passes", async () => {
    const made = await start(
      (sent, response, number) => {
        if (number > 1) return answering(sent, response, number);
        response.writeHead(429, { "content-type": "application/json", "retry-after-ms": "1" });
        response.end(JSON.stringify(openai("rate_limit_exceeded", "requests")));
      },
      { direct: { retries: 1 } },
    );
    expect((await ask(made, { body: chat() })).status).toBe(200);
    expect(purposes(made)).toEqual(["answer openai", "retry openai"]);
  });

  it("is not seen in Gemini's quota of a minute", async () => {
    const made = await start(
      (_, response) => {
        response.writeHead(429, { "content-type": "application/json", "retry-after-ms": "1" });
        response.end(JSON.stringify(google(ofMinute)));
      },
      { provider: { format: "gemini" }, direct: { retries: 1 } },
    );
    expect((await ask(made, { body: chat({ model: "openai/gemini-2.5-flash" }) })).status).toBe(429);
    expect(purposes(made)).toEqual(["answer openai", "retry openai"]);
  });
});

const openrouter = (message: string) => ({ error: { message, code: 402, metadata: { provider_name: null } } });
const fewer = (afford: number) =>
  `This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford ${afford}. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account`;

/** Says no to the first call alone. */
const first =
  (message: string, stream = false): Script =>
  (sent, response, number) => {
    if (number > 1) return answering(sent, response, number);
    const body = JSON.stringify(openrouter(message));
    response.writeHead(stream ? 200 : 402, { "content-type": stream ? "text/event-stream" : "application/json" });
    response.end(stream ? `data: ${body}\n\n` : body);
  };

describe("an account that cannot pay this one call", () => {
  const shorter =
    "Prompt tokens limit exceeded: 230799 > 91442. To increase, visit https://openrouter.ai/settings/keys";
  const routes = { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } };

  it.for([
    ["fewer tokens", fewer(27_342), false],
    ["a shorter prompt", shorter, false],
    ["fewer tokens, inside a stream", fewer(27_342), true],
  ] as const)(
    "but another with %s is passed over for that call, and asked for the next one",
    async ([, message, stream]) => {
      const made = await start(first(message, stream), { routes });
      for (let time = 0; time < 2; time += 1)
        expect((await ask(made, { body: chat({ model: "support", stream }) })).status).toBe(200);
      expect(purposes(made)).toEqual(["answer openai", "fallback second", "answer openai"]);
      expect(made.gateway.metrics().targets).toMatchObject([{ failures: 0, availability: "healthy" }, {}]);
      expect(made.booked("attempt-settled")[0]).toMatchObject({ state: "failed", error: "upstream_call_above_credit" });
    },
  );

  it.for([false, true])("is followed by another key, streamed: %s, and its own is asked with again", async (stream) => {
    const refusing = first(fewer(27_342), stream);
    const made = await start(refusing, {
      provider: { apiKey: new Secret("key-one"), moreKeys: [new Secret("key-two")] },
    });
    for (let time = 0; time < 2; time += 1)
      expect((await ask(made, { body: chat({ stream }) })).body).not.toContain("credits");
    expect(made.sent.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer key-one",
      "Bearer key-two",
      "Bearer key-one",
    ]);
  });

  it("is told so where no other target is left, as the provider says it, and is followed by the last resort", async () => {
    const made = await start(first(fewer(1)), {});
    const answer = await ask(made, { body: chat() });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([402, openrouter(fewer(1))]);
    await made.stop();
    const lastResort = { lastGoodMs: undefined, text: "Later." };
    const other = await start(first(fewer(1)), { routes: { support: { to: ["openai/gpt-5-mini"], lastResort } } });
    expect((await ask(other, { body: chat({ model: "support" }) })).body).toContain("Later.");
  });

  it.for([
    ["no token at all", fewer(0)],
    ["nothing that it names", "Insufficient credits. Add more using https://openrouter.ai/credits"],
    ["what a client has quoted", `You wrote: ${fewer(5)}`],
  ] as const)("rests where it can pay %s", async ([, message]) => {
    const made = await start(first(message), { routes });
    for (let time = 0; time < 2; time += 1)
      expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(purposes(made)).toEqual(["answer openai", "fallback second", "answer second"]);
  });
});
