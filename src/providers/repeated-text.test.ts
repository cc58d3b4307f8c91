import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerEvent } from "#inference";
import { decodeAnswer as decodeMessage } from "./anthropic/decode-answer.ts";
import { decodeAnswer as decodeChat } from "./openai-chat/decode-answer.ts";
import { RepeatedText } from "./repeated-text.ts";

const formats = {
  chat: { decodeAnswer: decodeChat, between: 'data: {"object":"none"}' },
  message: { decodeAnswer: decodeMessage, between: 'event: ping\ndata: {"type":"ping"}' },
} as const;
type Format = keyof typeof formats;

/** What frames say, however they are cut. */
function read(format: Format, frames: readonly string[], cuts: readonly number[]): readonly AnswerEvent[] {
  const decoding = formats[format].decodeAnswer({ isStream: true, call: "call_1" });
  const bytes = Buffer.from(frames.join(""));
  const places = cuts.map((cut) => cut % (bytes.length + 1));
  const edges = [...new Set([0, ...places, bytes.length])].toSorted((a, b) => a - b);
  const events = edges.slice(1).flatMap((end, index) => decoding.push(bytes.subarray(edges[index], end)));
  return [...events, ...decoding.finish()];
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", " word", "content", "text", '"', "\\", "\n", "\u2028", '"}}]}', "é", "\u{1f600}"),
);
const chatRun = fc
  .record({
    more: fc.constantFrom(
      {},
      {},
      {},
      { role: "assistant" },
      { refusal: null },
      { reasoning: "why" },
      { refusal: "no" },
      { reasoning_details: [{ type: "reasoning.text", text: "so" }] },
      { tool_calls: [{ index: 0, function: { arguments: "{" } }] },
      { tool_calls: [{ index: 0, id: "a", function: { name: "n", arguments: "{" } }] },
    ),
    isArray: fc.boolean(),
    others: fc.constantFrom(
      {},
      {},
      { usage: null },
      { usage: { prompt_tokens: 5, completion_tokens: 3 } },
      { error: "e" },
    ),
    salt: fc.constantFrom("", "", '"', "\\", "é"),
    isSalted: fc.boolean(),
    logprobs: fc.constantFrom(null, null, { content: [{ token: "a", logprob: -1, bytes: null, top_logprobs: [] }] }),
    // The last is as long as the others, so that only what it says tells such a frame apart.
    texts: fc.array(fc.tuple(text, fc.constantFrom(null, null, null, "stop", "ab")), { maxLength: 6 }),
  })
  .map(({ more, isArray, others, logprobs, texts, salt, isSalted }) =>
    texts.map(([one, finish], index) => {
      const content = isArray ? [{ type: "text", text: one }] : one;
      const choices = [{ index: 0, delta: { content, ...more }, logprobs, finish_reason: finish }];
      const salted = isSalted ? { obfuscation: `${salt}${"x".repeat(index % 3)}` } : {};
      return `data: ${JSON.stringify({ id: "c", model: "m", choices, ...others, ...salted })}`;
    }),
  );
const messageRun = fc
  .record({
    begin: fc.constantFrom(
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_start", index: 1, content_block: { type: "thinking", thinking: "", signature: "" } },
      { type: "content_block_stop", index: 0 },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "citations_delta", citation: { type: "web_search_result_location", url: "https://a" } },
      },
    ),
    type: fc.constantFrom("text", "text", "thinking"),
    texts: fc.array(text, { maxLength: 6 }),
  })
  .map(({ begin, type, texts }) => [
    `event: ${begin.type}\ndata: ${JSON.stringify(begin)}`,
    ...texts.map((one) => {
      const delta = { type: `${type}_delta`, [type]: one };
      return `event: content_block_delta\ndata: ${JSON.stringify({ type: "content_block_delta", index: 0, delta })}`;
    }),
  ]);
const lineEnd = fc.constantFrom("\n", "\n", "\r\n", "\r");

const streams = fc.oneof(
  fc.array(chatRun, { maxLength: 4 }).map((runs) => ({ format: "chat" as const, frames: runs.flat() })),
  fc.array(messageRun, { maxLength: 4 }).map((runs) => ({ format: "message" as const, frames: runs.flat() })),
);

describe("frames that differ from the one before in their text alone", () => {
  it("say what they would say if each were read in full", () => {
    fc.assert(
      fc.property(streams, lineEnd, fc.array(fc.nat(), { maxLength: 5 }), ({ format, frames }, end, cuts) => {
        const ended = (frame: string) => `${frame.replaceAll("\n", end)}${end}${end}`;
        const last = format === "chat" ? ["data: [DONE]"] : ['data: {"type":"message_stop"}'];
        const told = read(format, [...frames, ...last].map(ended), cuts);
        const spread = [...frames.flatMap((one) => [formats[format].between, one]), ...last];
        expect(told).toEqual(read(format, spread.map(ended), []));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are found by what stands around the text", () => {
    const repeated = new RepeatedText();
    repeated.remember(Buffer.from('data: {"a":"one","b":1}\n\n'), "one");
    const bytes = Buffer.from('data: {"a":"another","b":1}\n\ndata: {"a":"x","b":2}\n\n');
    const end = repeated.find(bytes, 0);
    expect([end, repeated.text]).toEqual([29, "another"]);
    expect(repeated.find(bytes, 29)).toBeUndefined();
  });

  it.each([
    ["the text stands twice", 'data: {"a":"one","b":"one"}\n\n'],
    ["something is escaped", 'data: {"a":"one","b":"\\u006fne"}\n\n'],
    ["an LF may follow", 'data: {"a":"one"}\r\r'],
    ["the frame has no end", 'data: {"a":"one"}'],
  ])("are not known where %s", (_, frame) => {
    const repeated = new RepeatedText();
    repeated.remember(Buffer.from(frame), "one");
    expect(repeated.find(Buffer.from(frame), 0)).toBeUndefined();
  });
});
