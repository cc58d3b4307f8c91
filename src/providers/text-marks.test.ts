import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerEvent, type Citation, type TokenChoice } from "#inference";
import { AnswerCollector } from "./answer-encoding.ts";
import { type ConversationName } from "./conversation.ts";
import { conversations } from "./conversations.ts";
import { translate } from "./translation.ts";
import { answerOptions, type Asked, bodyOf, promptOf, task, translated } from "./translation-rig.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const marking: readonly ConversationName[] = ["openai-chat", "openai-responses", "gemini"];
const pairs = marking.flatMap((from) =>
  marking.flatMap((to) => (from === to || (from === "openai-chat" && to === "openai-responses") ? [] : [{ from, to }])),
);

/** What the client of `from` reads of an answer that `to` gives with these events, cut anywhere. */
function relayed({ from, to, stream = false }: Asked, events: readonly AnswerEvent[], cut = 1_000) {
  const { format } = translated({ from, to, stream });
  const terms = { isArray: false, model: "m", call: "call_1", createdAt: 1, prompt: promptOf(to), receipt: undefined };
  const written = Buffer.from(conversations[to].encodeAnswer({ ...terms, isStream: stream }).push(events));
  const contentType = stream ? "text/event-stream" : "application/json";
  const reader = format.readAnswer({ ...answerOptions, stream, contentType });
  const chunks: Buffer[] = [];
  for (let at = 0; at < written.length; at += cut) chunks.push(reader.push(written.subarray(at, at + cut)));
  const said = Buffer.concat([...chunks, reader.finish()]);
  const decoding = conversations[from].decodeAnswer({ isStream: stream, call: "call_1" });
  const collector = new AnswerCollector();
  for (const event of [...decoding.push(said), ...decoding.finish()]) collector.add(event);
  return { ...collector.collected(), said: said.toString() };
}

const start: AnswerEvent = { type: "start", id: "a", model: "m" };
const end: readonly AnswerEvent[] = [{ type: "part-end" }, { type: "finish", reason: "stop" }, { type: "end" }];

const likely = (token: string, logprob: number) => ({ token, logprob, bytes: [...Buffer.from(token)] });
const choice = fc
  .tuple(fc.string({ minLength: 1, maxLength: 6, unit: "grapheme" }), fc.integer({ min: -2_000, max: 0 }))
  .map(([token, thousandth]): TokenChoice => {
    const chosen = likely(token, thousandth / 1000);
    return { ...chosen, likeliest: [chosen, likely("other", -9.5)] };
  });

describe.each(pairs)("From $from to $to", ({ from, to }) => {
  it.each([false, true])("log probabilities are told as they were, streamed: %s", (stream) => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 200 }), (tokens, cut) => {
        const texts = tokens.map((one): AnswerEvent => ({ type: "text", text: one.token, logprobs: [one] }));
        const { logprobs, parts } = relayed({ from, to, stream }, [start, ...texts, ...end], cut);
        expect([...logprobs.values()].flat()).toEqual(tokens);
        expect(parts).toEqual([{ type: "text", text: tokens.map(({ token }) => token).join("") }]);
      }),
      { numRuns: runsOf(40) },
    );
  });

  it.each([false, true])("pages that a text rests on are cited where they were, streamed: %s", (stream) => {
    const text = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" });
    const cited = fc.tuple(text, text, text, fc.webUrl());
    fc.assert(
      fc.property(fc.array(cited, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 200 }), (all, cut) => {
        let characters = 0;
        const citations: Citation[] = [];
        let whole = "";
        for (const [before, said, after, url] of all) {
          const begins = characters + Array.from(before).length;
          const ends = begins + Array.from(said).length;
          citations.push({ url, title: "A page", from: begins, to: ends });
          whole += before + said + after;
          characters = Array.from(whole).length;
        }
        const events = citations.map((citation): AnswerEvent => ({ type: "citation", citation }));
        const answer = relayed({ from, to, stream }, [start, { type: "text", text: whole }, ...events, ...end], cut);
        expect(answer.citations).toEqual(citations);
        expect(answer.parts).toEqual([{ type: "text", text: whole }]);
      }),
      { numRuns: runsOf(40) },
    );
  });

  it("log probabilities that are asked for are asked for there", () => {
    const asks: Readonly<Record<string, Record<string, unknown>>> = {
      "openai-chat": { logprobs: true, top_logprobs: 3 },
      "openai-responses": { include: ["message.output_text.logprobs"], top_logprobs: 3 },
      gemini: { generationConfig: { responseLogprobs: true, logprobs: 3 } },
    };
    const body = bodyOf(translated({ from, to, fields: asks[from] ?? {} }));
    expect(body).toMatchObject(asks[to] ?? {});
  });
});

describe("Log probabilities", () => {
  it.each(["openai-chat", "openai-responses", "gemini"] as const)(
    "of a client of %s are refused by their name where the target has none",
    (from) => {
      const fields = {
        "openai-chat": { logprobs: true },
        "openai-responses": { include: ["message.output_text.logprobs"] },
        gemini: { generationConfig: { responseLogprobs: true } },
      }[from];
      const refused = { ok: false, error: { type: "unsupported_field", field: "logprobs" } };
      expect(translate(task({ from, to: "anthropic", fields }))).toEqual(refused);
      expect(translated({ from, to: "anthropic", fields, mayDrop: true }).dropped).toContain("logprobs");
      if (from === "gemini") {
        expect(translate(task({ from, to: "openai-chat", fields, dialect: "groq" }))).toEqual(refused);
      }
    },
  );

  it("stand in the very chunk of the text that they belong to", () => {
    const token = { ...likely("Hi", -0.5), likeliest: [] };
    const { said } = relayed({ from: "openai-chat", to: "gemini", stream: true }, [
      start,
      { type: "text", text: "Hi", logprobs: [token] },
      ...end,
    ]);
    const chunk = said.split("\n").find((line) => line.includes('"Hi"')) ?? "";
    expect(JSON.parse(chunk.slice("data: ".length)).choices[0]).toMatchObject({
      delta: { content: "Hi" },
      logprobs: { content: [{ token: "Hi", logprob: -0.5, bytes: [72, 105], top_logprobs: [] }], refusal: null },
    });
  });
});

function message(text: string, annotations: readonly object[]) {
  return { type: "message", content: [{ type: "output_text", text, annotations }] };
}

describe("Citations", () => {
  it("of several texts are counted in each of them for responses, and over all of them for chat", () => {
    const cited = { type: "url_citation", url: "https://a.test", title: "A", start_index: 1, end_index: 3 };
    const body = { id: "r", model: "m", status: "completed", output: [message("😀one", []), message("two", [cited])] };
    const { format } = translated({ from: "gemini", to: "openai-responses" });
    const reader = format.readAnswer(answerOptions);
    reader.push(Buffer.from(JSON.stringify(body)));
    const answer = JSON.parse(reader.finish().toString());
    expect(answer.candidates[0].groundingMetadata).toEqual({
      groundingChunks: [{ web: { uri: "https://a.test", title: "A" } }],
      groundingSupports: [
        { segment: { partIndex: 1, startIndex: 1, endIndex: 3, text: "wo" }, groundingChunkIndices: [0] },
      ],
    });
  });

  it("of Claude's own search are those of the block that they stand on", () => {
    const decoding = conversations.anthropic.decodeAnswer({ isStream: false, call: "call_1" });
    const cited = { type: "web_search_result_location", url: "https://a.test", title: "A", cited_text: "x" };
    const elsewhere = { type: "char_location", document_index: 0, cited_text: "x" };
    const content = [
      { type: "text", text: "Well, " },
      { type: "text", text: "so it is.", citations: [cited, elsewhere] },
    ];
    decoding.push(Buffer.from(JSON.stringify({ type: "message", content, stop_reason: "end_turn" })));
    const citations = decoding.finish().flatMap((event) => (event.type === "citation" ? [event.citation] : []));
    expect(citations).toEqual([{ url: "https://a.test", title: "A", from: 6, to: 15 }]);
  });

  it("leave a message to Claude's clients as it is without them", () => {
    const citation = { url: "https://a.test", title: "A", from: 0, to: 2 };
    const events: readonly AnswerEvent[] = [start, { type: "text", text: "Hi" }];
    for (const stream of [false, true]) {
      const asked = { from: "anthropic", to: "openai-chat", stream } as const;
      const without = relayed(asked, [...events, ...end]).said;
      expect(relayed(asked, [...events, { type: "citation", citation }, ...end]).said).toBe(without);
    }
  });
});
