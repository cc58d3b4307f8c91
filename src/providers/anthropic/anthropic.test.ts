import { describe, expect, it } from "vitest";
import { relayAnswer } from "../relay-answer.ts";
import { anthropic } from "./anthropic.ts";

const event = (type: string, more: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const start = (usage: object) => event("message_start", { message: { id: "msg_1", model: "claude-haiku-4-5", usage } });

describe("A message stream", () => {
  it("tells usage by the last count of each field, never by a sum", () => {
    const stream =
      start({
        input_tokens: 10,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 100 },
        output_tokens: 1,
        service_tier: "standard",
      }) +
      event("content_block_delta", { delta: { type: "text_delta", text: "hé" } }) +
      event("ping") +
      event("message_delta", {
        usage: { input_tokens: 12, cache_creation_input_tokens: 130, cache_read_input_tokens: null, output_tokens: 7 },
      }) +
      event("message_stop");
    for (const size of [1, 50, Infinity]) {
      const { facts, text } = relayAnswer("anthropic", stream, { size });
      expect(text).toBe(stream);
      expect(facts).toMatchObject({
        end: "complete",
        usage: { input_uncached: 12, cache_read: 50, cache_write_5m: 0, cache_write_1h: 130, output_text: 7 },
        model: "claude-haiku-4-5",
        tier: "standard",
        upstreamId: "msg_1",
        contentBytes: 3,
      });
    }
  });

  it("keeps what server tools count, and the input that came with them", () => {
    const stream =
      start({ input_tokens: 10, cache_creation_input_tokens: 0, output_tokens: 1 }) +
      event("message_delta", {
        usage: {
          input_tokens: 900,
          cache_creation_input_tokens: 40,
          output_tokens: 9,
          server_tool_use: { web_search_requests: 2 },
        },
      }) +
      event("message_stop");
    expect(relayAnswer("anthropic", stream).facts.usage).toEqual({
      input_uncached: 900,
      cache_write_5m: 40,
      output_text: 9,
      web_searches: 2,
    });
  });

  it.for([
    [event("error", { error: { type: "overloaded_error", message: "m" } }), "error", "overloaded_error"],
    [event("message_delta", { usage: { output_tokens: 3 } }), "cut", undefined],
    [event("message_stop"), "complete", undefined],
  ] as const)("that ends in %j ends so in the books", ([last, end, errorType]) => {
    expect(relayAnswer("anthropic", start({ input_tokens: 1 }) + last).facts).toMatchObject({ end, errorType });
  });

  it("carries a receipt inside its last frame", () => {
    const stop = event("message_stop");
    expect(relayAnswer("anthropic", stop, { receipt: () => "tare cost=1" }).text).toBe(`: tare cost=1\n${stop}`);
  });

  it("does not book a sum of counts that no reader holds exactly", () => {
    const iterations = [{ type: "compaction", input_tokens: Number.MAX_SAFE_INTEGER, output_tokens: 1 }];
    const usage = { input_tokens: 10, output_tokens: 2, iterations };
    expect(relayAnswer("anthropic", start(usage) + event("message_stop")).facts.usage).toBeUndefined();
  });

  it("bills the fast tier where the answer says so, and adds a compaction to the totals", () => {
    const iterations = [
      { type: "compaction", input_tokens: 100, output_tokens: 5 },
      { type: "message", input_tokens: 10, output_tokens: 2 },
    ];
    const usage = { input_tokens: 10, output_tokens: 2, speed: "fast", iterations };
    expect(relayAnswer("anthropic", start(usage) + event("message_stop")).facts).toMatchObject({
      tier: "fast",
      usage: { input_uncached: 110, output_text: 7 },
    });
  });
});

it.each([
  [{}, undefined],
  [{ service_tier: "standard", inference_geo: "not_available" }, "standard"],
  [{ service_tier: "priority", inference_geo: "global" }, "priority"],
  [{ service_tier: "standard", inference_geo: "us" }, "us"],
  [{ inference_geo: "us" }, "us"],
  [{ service_tier: "priority", inference_geo: "us" }, "priority_us"],
  [{ speed: "fast", inference_geo: "us" }, "fast_us"],
  [{ service_tier: "standard", inference_geo: "eu" }, "eu"],
])("the tier that is billed has in it where inference was kept: %j is %s", (more, tier) => {
  const usage = { input_tokens: 10, output_tokens: 2, ...more };
  expect(relayAnswer("anthropic", start(usage) + event("message_stop")).facts.tier).toBe(tier);
});

describe("A message request", () => {
  it.each([
    [{}, undefined],
    [{ service_tier: "standard_only", inference_geo: "global" }, "standard_only"],
    [{ inference_geo: "us" }, "us"],
    [{ speed: "fast", inference_geo: "us" }, "fast_us"],
  ])("asks for a tier with where it may run: %j is %s", (more, serviceTier) => {
    const { facts } = ask({ model: "claude-opus-4-6", max_tokens: 1, messages: [], ...more });
    expect(facts.serviceTier).toBe(serviceTier);
  });

  it("tells its facts", () => {
    const { facts, bodyUser, attribution } = ask({
      model: "claude",
      max_tokens: 100,
      system: [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", data: "AA" } }] }],
      tools: [
        { name: "own", input_schema: {} },
        { type: "web_search_20250305", name: "web_search" },
      ],
      metadata: { user_id: "u", tare_feature: "f" },
    });
    expect(facts).toMatchObject({
      outputCap: 100,
      writesLongCache: true,
      unbounded: ["server_tool"],
      inlineMedia: 1,
      tools: 2,
    });
    expect({ bodyUser, attribution }).toEqual({ bodyUser: "u", attribution: { feature: "f" } });
  });

  it("is changed only where it may be", () => {
    const changed = ask({ model: "r", max_tokens: 9, metadata: { tare_feature: "f" } }).rewrite({
      model: "m",
      outputCap: 5,
      includeUsage: true,
    });
    expect(changed.toString()).toBe('{"model":"m","max_tokens":5,"metadata":{}}');
  });

  it.for([
    [{ type: "url", url: "https://x" }, ["media_by_reference"], []],
    [{ type: "file", file_id: "file_1" }, ["media_by_reference"], ["file_1"]],
    [{ type: "text", data: "plain" }, [], []],
  ] as const)("with the source %j cannot be bounded by %j", ([source, unbounded, references]) => {
    const { facts } = ask({ messages: [{ role: "user", content: [{ type: "document", source }] }] });
    expect(facts).toMatchObject({ unbounded, references });
  });
});

function ask(body: object) {
  const [endpoint] = anthropic.endpoints;
  if (endpoint === undefined) throw new Error("No endpoint");
  const bytes = Buffer.from(JSON.stringify(body));
  const read = anthropic.readAsk({
    endpoint,
    parameters: {},
    query: new URLSearchParams(),
    contentType: "application/json",
    body: bytes,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
