import { type AnswerFacts, type AskFacts, type Usage } from "#inference";
import { inputClasses, outputClasses } from "./usage-family.ts";

export interface EstimatedUsage {
  readonly usage: Usage;
  /** What the quantities rest on, in words that are kept with the entry. */
  readonly basis: string;
}

/** English text and JSON in byte-pair encodings; code and other scripts have fewer bytes a token, so output is charged by 3. */
const BYTES_PER_TOKEN = { input: 4, output: 3 } as const;
const FRAME_TOKENS_PER_MESSAGE = 4;
/** What was generated but not yet relayed when the answer ended: about a second of a fast model. */
const UNSEEN_OUTPUT_TOKENS = 64;

/**
 * Usage of an answer that ended before its own count: input, what was relayed, and an allowance for what was on its way.
 * Counts that the provider did give are kept. It is an estimate, not a bound: the rest of the hold stays held beside it.
 */
export function estimateUsage(ask: AskFacts, answer: AnswerFacts): EstimatedUsage {
  const reported = answer.usage ?? {};
  const hasInput = inputClasses.some((name) => reported[name] !== undefined);
  const reportedOutput = outputClasses.reduce((total, name) => total + (reported[name] ?? 0), 0);
  const relayed = Math.ceil(answer.contentBytes / BYTES_PER_TOKEN.output) + UNSEEN_OUTPUT_TOKENS;
  const cap = ask.outputCap === undefined ? Infinity : ask.outputCap * ask.choices;
  const unseen = Math.max(0, Math.min(relayed, cap) - reportedOutput);
  return {
    usage: {
      ...(hasInput ? {} : { input_uncached: inputEstimate(ask) }),
      ...reported,
      output_text: (reported.output_text ?? 0) + unseen,
    },
    basis: `${hasInput ? "input as reported" : "input by bytes"}, output by bytes relayed`,
  };
}

function inputEstimate(ask: AskFacts): number {
  return Math.ceil(ask.bodyBytes / BYTES_PER_TOKEN.input) + FRAME_TOKENS_PER_MESSAGE * ask.messages;
}
