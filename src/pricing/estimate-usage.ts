import { type AnswerFacts, type AskFacts, type Operation, type Usage } from "#inference";
import { inputClasses, outputClasses } from "./usage-family.ts";

export interface EstimatedUsage {
  /** Empty where nothing can be said; priced, that is unpriced. */
  readonly usage: Usage;
  /** What the quantities rest on, in words that are kept with the entry. */
  readonly basis: string;
}

/** English text and JSON in byte-pair encodings; code and other scripts have fewer bytes a token, so output is charged by 3. */
const BYTES_PER_TOKEN = { input: 4, output: 3 } as const;
const FRAME_TOKENS_PER_MESSAGE = 4;
/** What was generated but not yet relayed when the answer ended: about a second of a fast model. */
const UNSEEN_OUTPUT_TOKENS = 64;
/** A large picture at Anthropic; their bytes in the body say nothing. */
const TOKENS_PER_MEDIUM = 1_600;
/** Text that stands beside media, at most: the bytes of the two cannot be told apart. */
const TEXT_TOKENS_BESIDE_MEDIA = 8_000;

const generating: ReadonlySet<Operation> = new Set(["chat", "completion", "response"]);
const readsTokens: ReadonlySet<Operation> = new Set([...generating, "embedding", "moderation"]);

/**
 * Usage of an answer that ended before its own count, or never has one: input, what was relayed, and an allowance for what
 * was on its way. Counts that the provider did give are kept. It is an estimate, not a bound: the rest of the hold stays
 * held beside it.
 */
export function estimateUsage(ask: AskFacts, answer: AnswerFacts): EstimatedUsage {
  const reported = answer.usage ?? {};
  const hasInput = inputClasses.some((name) => reported[name] !== undefined);
  const input = hasInput ? {} : inputEstimate(ask);
  const inputBasis = hasInput ? "input as reported" : "input by bytes";
  if (!generating.has(ask.operation))
    return { usage: { ...input, ...reported }, basis: ask.operation === "speech" ? "characters sent" : inputBasis };

  const output = outputEstimate(ask, answer.contentBytes, reported);
  return { usage: { ...input, ...reported, output_text: output }, basis: `${inputBasis}, output by bytes relayed` };
}

function inputEstimate(ask: AskFacts): Usage {
  if (ask.operation === "speech") return ask.characters === undefined ? {} : { characters_in: ask.characters };
  if (!readsTokens.has(ask.operation)) return {};
  const tokens = Math.ceil(ask.bodyBytes / BYTES_PER_TOKEN.input) + FRAME_TOKENS_PER_MESSAGE * ask.messages;
  const media = ask.inlineMedia ?? 0;
  const most = media === 0 ? Infinity : TEXT_TOKENS_BESIDE_MEDIA + TOKENS_PER_MEDIUM * media;
  return { input_uncached: Math.min(tokens, most) };
}

function outputEstimate(ask: AskFacts, contentBytes: number, reported: Usage): number {
  const counted = outputClasses.reduce((total, name) => total + (reported[name] ?? 0), 0);
  const relayed = Math.ceil(contentBytes / BYTES_PER_TOKEN.output) + UNSEEN_OUTPUT_TOKENS;
  const cap = ask.outputCap === undefined ? Infinity : ask.outputCap * ask.choices;
  return (reported.output_text ?? 0) + Math.max(0, Math.min(relayed, cap) - counted);
}
