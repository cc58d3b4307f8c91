import { describe, expect, it } from "vitest";
import { type AnswerEvent, type FinishReason } from "#inference";
import { conversationNames, type ConversationName } from "./conversation.ts";
import { conversations } from "./conversations.ts";
import { isTranslatable, translate } from "./translation.ts";
import { answerOptions, type Asked, bodyOf, promptOf, task, translated } from "./translation-rig.ts";

/** The answer as `to` would give it, read back from what the client of `from` gets. */
function relayed(asked: Asked, events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  const { format } = translated(asked);
  const isStream = asked.stream ?? false;
  const written = conversations[asked.to]
    .encodeAnswer({
      isStream,
      isArray: false,
      model: "m",
      call: "call_1",
      createdAt: 1,
      prompt: promptOf(asked.to),
      receipt: undefined,
    })
    .push(events);
  const contentType = isStream ? "text/event-stream" : "application/json";
  const reader = format.readAnswer({ ...answerOptions, stream: isStream, contentType });
  const bytes = Buffer.concat([reader.push(Buffer.from(written)), reader.finish()]);
  const decoding = conversations[asked.from].decodeAnswer({ isStream, call: "call_1" });
  return [...decoding.push(bytes), ...decoding.finish()];
}

const pairs = conversationNames.flatMap((from) =>
  conversationNames.flatMap((to) => (isPair(from, to) ? [{ from, to }] : [])),
);

/** Of OpenAI's two conversations, a target that serves both takes each as it comes. */
function isPair(from: ConversationName, to: ConversationName): boolean {
  return from !== to && !(from === "openai-chat" && to === "openai-responses");
}

describe.each(pairs)("From $from to $to", ({ from, to }) => {
  const reasons: readonly (readonly [FinishReason, readonly FinishReason[]])[] = [
    ["stop", ["stop"]],
    ["length", ["length"]],
    ["content-filter", ["content-filter", "refusal"]],
  ];

  it.each([true, false])("an answer ends for the reason it ended for, streamed: %s", (stream) => {
    for (const [reason, allowed] of reasons) {
      const events = relayed({ from, to, stream }, [
        { type: "start", id: "a", model: "m" },
        { type: "text", text: "x" },
        { type: "finish", reason },
        { type: "end" },
      ]);
      expect(allowed).toContain(events.find((event) => event.type === "finish")?.reason);
    }
  });

  it.each([true, false])("parallel calls stay apart, streamed: %s", (stream) => {
    const calls = ["one", "two"].flatMap((name): AnswerEvent[] => [
      { type: "tool-call", id: `call_${name}`, name },
      { type: "input", text: '{"a"' },
      { type: "input", text: ":1}" },
      { type: "part-end" },
    ]);
    const events = relayed({ from, to, stream }, [
      { type: "start", id: "a", model: "m" },
      ...calls,
      { type: "finish", reason: "tool-calls" },
      { type: "end" },
    ]);
    const ids = events.flatMap((event) => (event.type === "tool-call" ? [[event.id, event.name]] : []));
    expect(ids).toEqual([
      ["call_one", "one"],
      ["call_two", "two"],
    ]);
    expect(events.find((event) => event.type === "finish")?.reason).toBe("tool-calls");
    expect(events.flatMap((event) => (event.type === "input" ? [event.text] : [])).join("")).toBe('{"a":1}{"a":1}');
  });

  it("errors of a whole answer keep their message, and say the kind as the client's format does", () => {
    const { format } = translated({ from, to });
    for (const [kind, status] of [
      ["rate_limit", 429],
      ["invalid_request", 400],
      ["unavailable", 503],
    ] as const) {
      const failure = { kind, code: "word", message: "canary" };
      const written = conversations[to].encodeFailure({ status, failure, call: "c" });
      const reader = format.readAnswer({ ...answerOptions, status });
      reader.push(Buffer.from(written));
      const said = conversations[from].decodeFailure(status, reader.finish());
      expect(said).toMatchObject({ kind, message: "canary" });
      expect(reader.facts().end).toBe("error");
    }
  });

  it("an error in the middle of a stream is the client's error event, and no clean end", () => {
    const failure = { kind: "unavailable", code: undefined, message: "canary" } as const;
    const events = relayed({ from, to, stream: true }, [
      { type: "start", id: "a", model: "m" },
      { type: "text", text: "x" },
      { type: "failure", failure },
    ]);
    expect(events.find((event) => event.type === "failure")?.failure.message).toBe("canary");
    expect(events.some((event) => event.type === "end")).toBe(false);
  });

  it("a field that nobody knows is refused by its name, or left out and told", () => {
    const fields = { canary_field: { a: 1 } };
    expect(translate(task({ from, to, fields }))).toEqual({
      ok: false,
      error: { type: "unsupported_field", field: "canary_field" },
    });
    const { dropped, body } = translated({ from, to, fields, mayDrop: true });
    expect(dropped).toContain("canary_field");
    expect(body.toString()).not.toContain("canary");
  });

  it("what a provider sends can be anything, and nothing throws", () => {
    const deep = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}}]}}]}`;
    for (const text of [
      "",
      "{}",
      "null",
      "[1]",
      '{"choices":7,"output":7,"content":7,"candidates":7}',
      deep,
      "data: {\n\n",
    ]) {
      for (const contentType of ["application/json", "text/event-stream", "text/html"]) {
        for (const stream of [true, false]) {
          const reader = translated({ from, to, stream }).format.readAnswer({ ...answerOptions, stream, contentType });
          reader.push(Buffer.from(text));
          reader.finish();
          expect(reader.facts().end).not.toBe("background");
        }
      }
    }
  });
});

describe("A call to a target that serves its conversation", () => {
  it("is left as it is", () => {
    for (const name of conversationNames)
      expect(translate(task({ from: name, to: name }))).toEqual({ ok: true, value: undefined });
  });

  it("is translated where a server serves chat alone", () => {
    const { endpoint, body } = translated({ from: "openai-responses", to: "openai-chat", dialect: "mistral" });
    expect(endpoint.path).toBe("/v1/chat/completions");
    expect(JSON.parse(body.toString()).messages).toEqual([{ role: "user", content: "x" }]);
  });

  const wrapped = Buffer.from("tare-seal/1 gemini\nsigned").toString("base64");
  it.each([
    [
      "anthropic",
      {
        messages: [
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "", signature: wrapped },
              { type: "text", text: "a" },
            ],
          },
        ],
      },
      { messages: [{ role: "assistant", content: [{ type: "text", text: "a" }] }] },
    ],
    [
      "openai-responses",
      {
        input: [
          { type: "reasoning", id: "r", summary: [], encrypted_content: wrapped },
          { role: "user", content: "x" },
        ],
      },
      { input: [{ role: "user", content: "x" }] },
    ],
    [
      "gemini",
      {
        contents: [
          {
            role: "model",
            parts: [
              { text: "a", thoughtSignature: wrapped },
              { text: "t", thought: true, thoughtSignature: wrapped },
            ],
          },
        ],
      },
      { contents: [{ role: "model", parts: [{ text: "a" }] }] },
    ],
  ] as const)("of %s goes without what a provider of another format has sealed", (name, fields, cleaned) => {
    const translation = translated({ from: name, to: name, fields });
    expect(bodyOf(translation)).toMatchObject(cleaned);
    expect(translation.body.includes(wrapped)).toBe(false);
    expect(translation).toMatchObject({ dropped: ["thinking"], wire: undefined });
  });
});

describe("What can be translated", () => {
  const facts = { format: "openai", operation: "response", background: false, references: [] } as const;
  const rest = {
    model: "m",
    stream: false,
    bodyBytes: 0,
    messages: 1,
    tools: 0,
    outputCap: undefined,
    choices: 1,
    serviceTier: undefined,
    writesLongCache: false,
    unbounded: [],
  };

  it("is a conversation that refers to nothing a provider keeps, and an embedding", () => {
    expect(isTranslatable({ ...rest, ...facts })).toBe(true);
    expect(isTranslatable({ ...rest, ...facts, background: true })).toBe(false);
    expect(isTranslatable({ ...rest, ...facts, references: ["resp_1"] })).toBe(false);
    expect(isTranslatable({ ...rest, ...facts, operation: "embedding" })).toBe(true);
    expect(isTranslatable({ ...rest, ...facts, operation: "moderation" })).toBe(false);
  });
});

describe("A target that serves two conversations", () => {
  it("is asked in the one that has a place for everything", () => {
    const plain = translated({ from: "anthropic", to: "openai-responses" });
    const stops = translated({ from: "anthropic", to: "openai-responses", fields: { stop_sequences: ["x"] } });
    expect([plain.endpoint.path, stops.endpoint.path]).toEqual(["/v1/responses", "/v1/chat/completions"]);
  });
});

describe("A client of Gemini that asks for no events", () => {
  it("gets its stream as one array", () => {
    const { format } = translated({ from: "gemini", to: "anthropic", stream: true, query: "" });
    const frames = conversations.anthropic
      .encodeAnswer({
        isStream: true,
        isArray: false,
        model: "m",
        call: "c",
        createdAt: 1,
        prompt: promptOf("anthropic"),
        receipt: undefined,
      })
      .push([
        { type: "start", id: "a", model: "m" },
        { type: "text", text: "x" },
        { type: "finish", reason: "stop" },
        { type: "end" },
      ]);
    const reader = format.readAnswer({ ...answerOptions, stream: true, contentType: "text/event-stream" });
    const bytes = Buffer.concat([reader.push(Buffer.from(frames)), reader.finish()]);
    const elements: readonly { readonly candidates: unknown }[] = JSON.parse(bytes.toString());
    expect(elements.length).toBeGreaterThan(1);
    expect(elements.at(-1)?.candidates).toMatchObject([{ finishReason: "STOP" }]);
  });
});
