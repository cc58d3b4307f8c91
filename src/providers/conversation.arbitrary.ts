/** Prompts and answers as clients and providers make them, for properties of conversations. */
import fc from "fast-check";
import {
  type AnswerEvent,
  type MediaPart,
  type Part,
  type Prompt,
  type Seal,
  type TextPart,
  type ThinkingPart,
  type Tool,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  type Usage,
} from "#inference";
import { conversationNames } from "./conversation.ts";

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 24, unit: "grapheme" }),
  fc.constantFrom("Grüße", "a\nb\r\n\r\nc", 'say "hi" \\', "data: [DONE]\n\n", "😀", "\u2028", "{}"),
);
const base64 = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const name = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);
const callId = fc.stringMatching(/^call_[A-Za-z0-9]{6,12}$/);

const seal: fc.Arbitrary<Seal> = fc.oneof(
  base64.map((value) => ({ maker: "anthropic", value: `s${value}` })),
  base64.map((value) => ({ maker: "gemini", value })),
  base64.map((value) => ({
    maker: "openai-responses",
    value: JSON.stringify({ id: "rs_1", encrypted_content: value }),
  })),
);

const textPart: fc.Arbitrary<TextPart> = text.map((said) => ({ type: "text", text: said }));
const image: fc.Arbitrary<MediaPart> = fc.oneof(
  base64.map((data) => media("image", "image/png", data)),
  fc.webUrl().map((url) => ({ type: "media" as const, kind: "image" as const, source: { type: "url" as const, url } })),
);
const document: fc.Arbitrary<MediaPart> = base64.map((data) => ({
  ...media("document", "application/pdf", data),
  name: "report.pdf",
}));

function media(kind: "image" | "document", mimeType: string, data: string): MediaPart {
  return { type: "media", kind, source: { type: "inline", mimeType, base64: data } };
}

const json = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });
const call: fc.Arbitrary<ToolCallPart> = fc.record({
  type: fc.constant("tool-call" as const),
  id: callId,
  name,
  input: json.map((value) => JSON.stringify(value)),
});
const thinking: fc.Arbitrary<ThinkingPart> = fc.record({ type: fc.constant("thinking" as const), text, seal });

/** What a model says in one turn, in the order that all formats can keep: thoughts, text, calls. */
const said: fc.Arbitrary<readonly Part[]> = fc
  .record({
    thoughts: fc.array(thinking, { maxLength: 2 }),
    text: fc.option(textPart, { nil: undefined }),
    loose: fc.option(seal, { nil: undefined }),
    calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
  })
  .map(({ thoughts, text: words, loose, calls }) => {
    const before: readonly Part[] = loose === undefined ? [] : [{ type: "thinking", text: "", seal: loose }];
    const spoken: readonly Part[] = words === undefined ? [] : [words];
    return [...thoughts, ...spoken, ...(calls.length === 0 ? [] : [...before, ...calls])];
  })
  .filter((parts) => parts.length > 0);

function results(parts: readonly Part[], texts: readonly string[]): readonly ToolResultPart[] {
  return parts.flatMap((part, index) =>
    part.type === "tool-call"
      ? [
          {
            type: "tool-result" as const,
            id: part.id,
            name: part.name,
            content: [{ type: "text" as const, text: texts[index % texts.length] ?? "done" }],
            isError: false,
          },
        ]
      : [],
  );
}

const user = fc.array(fc.oneof(textPart, image, document), { minLength: 1, maxLength: 3 });

const turns: fc.Arbitrary<readonly Turn[]> = fc
  .record({
    instructions: fc.option(textPart, { nil: undefined }),
    opening: user,
    exchanges: fc.array(fc.record({ said, answers: fc.array(text, { minLength: 1, maxLength: 3 }), user }), {
      maxLength: 3,
    }),
  })
  .map(({ instructions, opening, exchanges }) => [
    ...(instructions === undefined ? [] : [{ role: "instructions" as const, parts: [instructions] }]),
    { role: "user" as const, parts: opening },
    ...exchanges.flatMap((one) => [
      { role: "assistant" as const, parts: one.said },
      { role: "user" as const, parts: [...results(one.said, one.answers), ...one.user] },
    ]),
  ]);

const schema = fc.constantFrom(
  { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
  { type: "object", properties: { list: { type: "array", items: { type: "integer" } } } },
);
const tool: fc.Arbitrary<Tool> = fc.record({
  name,
  description: fc.option(text, { nil: undefined }),
  schema,
  isStrict: fc.constantFrom(true, false),
});
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const fraction = fc.integer({ min: 0, max: 100 }).map((value) => value / 100);

/** A prompt that uses most of what can be said; no format can say all of it. */
export const anyPrompt: fc.Arbitrary<Prompt> = fc.record({
  turns,
  tools: fc.uniqueArray(tool, { maxLength: 3, selector: (one) => one.name }),
  toolChoice: maybe(
    fc.oneof(
      fc.constantFrom({ type: "auto" as const }, { type: "none" as const }),
      fc.record({ type: fc.constant("required" as const), among: maybe(name.map((one) => [one])) }),
    ),
  ),
  parallelTools: fc.constantFrom(undefined, false),
  output: maybe(
    fc.record({
      type: fc.constant("schema" as const),
      name: maybe(name),
      description: fc.constant(undefined),
      schema,
      isStrict: fc.constantFrom(true, false),
    }),
  ),
  reasoning: maybe(
    fc.record({
      effort: fc.constantFrom("low" as const, "medium" as const, "high" as const),
      budgetTokens: fc.constant(undefined),
      isShown: fc.constant(true),
    }),
  ),
  sampling: fc.record({
    temperature: maybe(fraction),
    topP: maybe(fraction),
    topK: maybe(fc.integer({ min: 1, max: 100 })),
    seed: maybe(fc.nat()),
    presencePenalty: fc.constant(undefined),
    frequencyPenalty: fc.constant(undefined),
    stop: maybe(fc.array(text, { minLength: 1, maxLength: 2 })),
  }),
  outputCap: maybe(fc.integer({ min: 1, max: 64_000 })),
  logprobs: fc.constant(undefined),
  verbosity: fc.constant(undefined),
  user: maybe(name),
  stream: fc.boolean(),
  wantsStreamUsage: fc.boolean(),
});

const count = fc.nat({ max: 1_000_000 });

/** Counts in the classes that every format has a field for. */
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  input_uncached: count,
  cache_read: count,
  output_text: count,
  output_reasoning: count,
});

export interface AnyAnswer {
  readonly parts: readonly Part[];
  readonly events: readonly AnswerEvent[];
  readonly usage: Usage;
}

/** An answer with the events that tell it, its texts cut anywhere. */
export const anyAnswer: fc.Arbitrary<AnyAnswer> = fc
  .record({ parts: said, usage: anyUsage, cut: fc.integer({ min: 1, max: 9 }) })
  .map(({ parts, usage, cut }) => {
    const hasCalls = parts.some(({ type }) => type === "tool-call");
    return {
      parts,
      usage,
      events: [
        { type: "start", id: "answer_1", model: "model-1" },
        ...parts.flatMap((part) => eventsOf(part, cut)),
        { type: "usage", usage },
        { type: "finish", reason: hasCalls ? "tool-calls" : "stop" },
        { type: "end" },
      ],
    };
  });

function eventsOf(part: Part, cut: number): readonly AnswerEvent[] {
  if (part.type === "text")
    return [...pieces(part.text, cut).map((one) => ({ type: "text" as const, text: one })), END];
  if (part.type === "thinking") {
    const texts = pieces(part.text, cut).map((one) => ({ type: "thinking" as const, text: one }));
    return [...texts, ...(part.seal === undefined ? [END] : [{ type: "seal" as const, seal: part.seal }])];
  }
  if (part.type !== "tool-call") return [];
  const input = pieces(part.input, cut).map((one) => ({ type: "input" as const, text: one }));
  return [{ type: "tool-call", id: part.id, name: part.name }, ...input, END];
}

const END: AnswerEvent = { type: "part-end" };

/** By whole characters, as providers cut: half of a pair would be no text. */
function pieces(whole: string, cut: number): readonly string[] {
  const letters = Array.from(whole);
  const amount = Math.ceil(letters.length / cut);
  return Array.from({ length: amount }, (_, index) => letters.slice(index * cut, (index + 1) * cut).join(""));
}

export const anyConversation = fc.constantFrom(...conversationNames);
