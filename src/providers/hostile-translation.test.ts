/** Requests and answers that nobody sensible makes: every one is read or refused, and nothing throws. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerEvent } from "#inference";
import { conversationNames } from "./conversation.ts";
import { conversations } from "./conversations.ts";
import { translate } from "./translation.ts";
import { promptOf, task } from "./translation-rig.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const names = fc.constantFrom(
  "role",
  "content",
  "text",
  "type",
  "parts",
  "messages",
  "contents",
  "input",
  "tools",
  "tool_calls",
  "function",
  "id",
  "call_id",
  "name",
  "arguments",
  "args",
  "functionCall",
  "functionResponse",
  "image_url",
  "source",
  "data",
  "thinking",
  "signature",
  "thoughtSignature",
  "reasoning_details",
  "summary",
  "encrypted_content",
  "tool_choice",
  "response_format",
  "generationConfig",
  "system",
  "instructions",
  "stop",
  "stream_options",
  "delta",
  "choices",
  "index",
  "finish_reason",
  "candidates",
  "usage",
  "usageMetadata",
  "output",
  "item",
  "response",
  "content_block",
  "message",
  "error",
  "output_index",
  "__proto__",
  "constructor",
);
const words = fc.constantFrom(
  "user",
  "assistant",
  "system",
  "tool",
  "model",
  "text",
  "tool_use",
  "tool_result",
  "function",
  "function_call",
  "image",
  "document",
  "reasoning",
  "message_start",
  "content_block_delta",
  "response.output_item.done",
  "stop",
  "response.completed",
  "data:image/png;base64,AA==",
  "dGFyZS1zZWFsLzEg",
  "dGFyZS1zZWFsLzEgeAp5",
  "{}",
  "{",
  "",
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    words,
    fc.constantFrom(null, true, -1, 0, 0.5, 1e308),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(names, tie("value"), { maxKeys: 5 }),
  ),
}));
const fields = fc.dictionary(names, value, { maxKeys: 6 });
const anyName = fc.constantFrom(...conversationNames);

describe("A request", () => {
  it("of any content is translated or refused", () => {
    fc.assert(
      fc.property(fields, anyName, anyName, fc.boolean(), (more, from, to, mayDrop) => {
        const result = translate(task({ from, to, fields: more, mayDrop }));
        if (!result.ok) expect(["unsupported_field", "invalid_field", "ambiguous_field"]).toContain(result.error.type);
      }),
      { numRuns: runsOf(3_000) },
    );
  });
});

function written(body: Buffer): string {
  return body.toString().replaceAll('\\"', '"');
}

describe("Numbers that no double holds", () => {
  const numbers = '{"id":12345678901234567890,"huge":1e400,"fine":0.1,"deep":[-90071992547409931]}';
  const ask = {
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "n", input: "NUMBERS" }] },
    ],
  };

  it("stand in the arguments of calls as they were written, whatever the formats", () => {
    for (const to of ["openai-chat", "openai-responses", "gemini"] as const) {
      const asked = task({ from: "anthropic", to, fields: ask });
      const body = Buffer.from(asked.source.body.toString().replace('"NUMBERS"', numbers));
      const result = translate({ ...asked, source: { ...asked.source, body } });
      expect(result.ok && result.value !== undefined ? written(result.value.body) : "").toContain(numbers);
    }
  });

  it("stand in those of an answer too", () => {
    const events: readonly AnswerEvent[] = [
      { type: "start", id: "a", model: "m" },
      { type: "tool-call", id: "t", name: "n" },
      { type: "input", text: numbers },
      { type: "finish", reason: "tool-calls" },
      { type: "end" },
    ];
    for (const name of conversationNames) {
      const terms = { isStream: false, isArray: false, model: "m", call: "c", createdAt: 1, receipt: undefined };
      const body = Buffer.from(conversations[name].encodeAnswer({ ...terms, prompt: promptOf(name) }).push(events));
      expect(written(body)).toContain(numbers);
      const decoding = conversations[name].decodeAnswer({ isStream: false, call: "c" });
      decoding.push(body);
      const inputs = decoding.finish().flatMap((event) => (event.type === "input" ? [event.text] : []));
      expect(inputs.join("")).toBe(numbers);
    }
  });
});

describe("An answer", () => {
  it("of any content is read, in one piece and in frames", () => {
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 4 }), anyName, fc.boolean(), (bodies, name, isStream) => {
        const decoding = conversations[name].decodeAnswer({ isStream, call: "c" });
        const texts = bodies.map((body) => (isStream ? `data: ${JSON.stringify(body)}\n\n` : JSON.stringify(body)));
        const events = texts.flatMap((text) => decoding.push(Buffer.from(text)));
        expect(Array.isArray([...events, ...decoding.finish()])).toBe(true);
      }),
      { numRuns: runsOf(3_000) },
    );
  });

  it("told in any order is said in every format", () => {
    const text = fc.constantFrom("", "a", '"', "\u2028");
    const event: fc.Arbitrary<AnswerEvent> = fc.oneof(
      fc.record({ type: fc.constantFrom("text" as const, "refusal" as const, "thinking" as const), text }),
      fc.record({ type: fc.constant("input" as const), text }),
      fc.record({ type: fc.constant("tool-call" as const), id: text, name: text }),
      fc.record({
        type: fc.constant("seal" as const),
        seal: fc.record({
          maker: fc.constantFrom("anthropic", "gemini", "openai-chat", "openai-responses"),
          value: text,
        }),
      }),
      fc.record({ type: fc.constant("media" as const), mimeType: text, base64: text }),
      fc.record({
        type: fc.constant("text" as const),
        text,
        logprobs: fc.array(
          fc.record({ token: text, logprob: fc.double(), bytes: fc.array(fc.nat()), likeliest: fc.constant([]) }),
        ),
      }),
      fc.record({
        type: fc.constant("citation" as const),
        citation: fc.record({
          url: text,
          title: fc.option(text, { nil: undefined }),
          from: fc.integer(),
          to: fc.integer(),
        }),
      }),
      fc.record({ type: fc.constant("finish" as const), reason: fc.constantFrom("stop" as const, "pause" as const) }),
      fc.constantFrom<AnswerEvent>({ type: "part-end" }, { type: "end" }, { type: "usage", usage: undefined }),
      fc.constant<AnswerEvent>({ type: "start", id: undefined, model: undefined }),
      fc.constant<AnswerEvent>({ type: "failure", failure: { kind: "upstream", code: undefined, message: "m" } }),
    );
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 12 }),
        anyName,
        fc.boolean(),
        fc.boolean(),
        (events, name, isStream, isArray) => {
          const terms = {
            isStream,
            isArray,
            model: "m",
            call: "c",
            createdAt: 1,
            prompt: promptOf(name),
            receipt: undefined,
          };
          const whole = conversations[name].encodeAnswer(terms).push(events);
          const encoding = conversations[name].encodeAnswer(terms);
          expect(events.map((one) => encoding.push([one])).join("")).toBe(whole);
        },
      ),
      { numRuns: runsOf(3_000) },
    );
  });
});
