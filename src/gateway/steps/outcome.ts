import { type Router } from "#routing";
import { type Settlement } from "#events";
import {
  type AnswerFacts,
  CALL_ABOVE_CREDIT,
  CONTEXT_LENGTH_EXCEEDED,
  INSUFFICIENT_QUOTA,
  type UsageClass,
} from "#inference";

/** What an attempt says of its target, in the words of routing. */
type Outcome = Parameters<Router["ended"]>[1];

interface Ended {
  readonly settlement: Settlement;
  readonly facts: AnswerFacts | undefined;
  readonly askedDelayMs: number | undefined;
}

// Nobody is to blame, or we are: the gateway stops, a budget's ceiling was reached, the client's own deadline has passed.
const OURS: ReadonlySet<string> = new Set(["shutting_down", "cost_ceiling", "deadline_exceeded", "hedge_lost"]);

export function outcomeOf({ settlement, facts, askedDelayMs }: Ended): Outcome {
  const { durationMs, firstContentMs, usage } = settlement;
  const type = typeOf(settlement, facts);
  if (type !== "answered" || usage === undefined) return { type, askedDelayMs, durationMs, firstContentMs };
  const inputTokens = sum(usage, inputs);
  const outputTokens = sum(usage, outputs);
  const cacheReadTokens = usage.cache_read;
  return { type, askedDelayMs, durationMs, firstContentMs, inputTokens, cacheReadTokens, outputTokens };
}

function typeOf({ state, status, error }: Settlement, facts: AnswerFacts | undefined): Outcome["type"] {
  if (state === "answered" || state === "background") return "answered";
  if (state === "cancelled" || OURS.has(error ?? "")) return "abandoned";
  return typeByWord(facts?.errorType?.toLowerCase() ?? "") ?? typeByStatus(status);
}

function typeByWord(word: string): Outcome["type"] | undefined {
  // Of this call: others are answered there.
  if (word === CONTEXT_LENGTH_EXCEEDED || word === CALL_ABOVE_CREDIT) return "refused";
  // For all calls alike, until somebody pays. Said with 400 or 429 by those who have no 402.
  if (word === INSUFFICIENT_QUOTA) return "denied";
  // A limit may also be told inside an answer that began as one.
  return word.startsWith("rate_limit") ? "limited" : undefined;
}

// 424: the model behind Bedrock has failed.
const FAILING_STATUSES: ReadonlySet<number> = new Set([408, 424]);
const DENYING_STATUSES: ReadonlySet<number> = new Set([401, 402, 403]);

function typeByStatus(status: number | undefined): Outcome["type"] {
  if (status === 429) return "limited";
  if (status !== undefined && DENYING_STATUSES.has(status)) return "denied";
  const isRefused = status !== undefined && status >= 300 && status < 500 && !FAILING_STATUSES.has(status);
  return isRefused ? "refused" : "failed";
}

const inputs = ["input_uncached", "cache_read", "cache_write_5m", "cache_write_1h"] as const;
const outputs = ["output_text", "output_reasoning"] as const;

function sum(usage: NonNullable<Settlement["usage"]>, classes: readonly UsageClass[]): number | undefined {
  let total: number | undefined;
  for (const name of classes) {
    const quantity = usage[name];
    if (quantity !== undefined) total = (total ?? 0) + quantity;
  }
  return total;
}
