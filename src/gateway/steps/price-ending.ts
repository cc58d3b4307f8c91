import { type AttemptState } from "#events";
import { type AnswerFacts, type Component, type Cost, type Usage } from "#inference";
import { estimateUsage, priceUsage, type Sku } from "#pricing";
import { type Money, money } from "#units";
import { type Ask } from "#providers";
import { type DispatchedAttempt } from "./dispatch.ts";

/** What is known about money when an attempt has ended. */
export interface PricedEnding {
  readonly usage: Usage | undefined;
  readonly cost: Cost;
  readonly components: readonly Component[];
  /** What stays in doubt beside the cost, so that both together are never below the truth. */
  readonly residual: Money;
}

export interface EndingFacts {
  readonly state: AttemptState;
  /** Undefined when no answer came at all. */
  readonly facts: AnswerFacts | undefined;
  readonly status: number | undefined;
  /** False when it is certain that not one byte reached the provider. */
  readonly wasSent: boolean;
}

const NOTHING = money(0n);

/** The cost of an attempt by the prices pinned at its dispatch, the model served and the tier billed. */
export function priceEnding(ask: Ask, attempt: DispatchedAttempt, ending: EndingFacts): PricedEnding {
  const { bound } = attempt.event;
  const { facts, state } = ending;
  // What is read back was used by the attempt that made it, and is booked there, however often it is read.
  if (attempt.event.operation === "response-read") return free(undefined);
  if (bound.type === "proven" && bound.nanos === 0n) return free(facts?.usage);
  if (isUnbilled(ending)) return free(undefined);
  if (state === "cancelled" && facts === undefined) return priceAnswer(ask, attempt, noAnswer);
  if (state === "background" || facts === undefined) {
    // Accepted, or sent and then silence: whether and what it costs is not known yet, so all of the hold stays.
    const basis = state === "background" ? "billed when it is read back" : "no answer came";
    // Without a hold that stays, an estimate of nothing would say that it cost nothing.
    if (bound.type === "unknown") return notPriced(undefined, basis);
    const cost = { type: "estimated", nanos: NOTHING, basis } as const;
    return withResidual(attempt, { usage: undefined, cost, components: [] });
  }
  return priceAnswer(ask, attempt, facts);
}

/** The client left before a byte came: its input was sent, and that much is charged. */
const noAnswer: AnswerFacts = {
  end: "cut",
  usage: undefined,
  reported: undefined,
  model: undefined,
  tier: undefined,
  upstreamId: undefined,
  isStored: false,
  errorType: undefined,
  contentBytes: 0,
};

/**
 * Nothing reached the provider, or it answered with an error status, or sent us elsewhere. Providers do not bill those:
 * OpenAI and Google say so in their error guides, and Anthropic's usage reports hold no such requests. One that reports usage beside its error is
 * taken at its word.
 */
function isUnbilled({ wasSent, status, facts }: EndingFacts): boolean {
  return !wasSent || (status !== undefined && status >= 300 && facts?.usage === undefined);
}

function priceAnswer(ask: Ask, attempt: DispatchedAttempt, facts: AnswerFacts): PricedEnding {
  const sku = skuServed(attempt, facts.model);
  if (sku === undefined) return notPriced(facts.usage, "no price for this model");
  const measured = { tier: facts.tier, at: attempt.event.at, region: attempt.event.region };
  if ((facts.end === "complete" || facts.isUsageFinal === true) && facts.usage !== undefined) {
    const { cost, components } = priceUsage(sku, { ...measured, usage: facts.usage });
    return { usage: facts.usage, cost, components, residual: NOTHING };
  }
  const { usage, basis } = estimateUsage(ask.facts, facts);
  const { cost, components } = priceUsage(sku, { ...measured, usage });
  if (cost.type === "unpriced") return { usage, cost, components, residual: NOTHING };
  return withResidual(attempt, { usage, cost: { type: "estimated", nanos: cost.nanos, basis }, components });
}

/** The model that served is priced where the book knows it; providers also serve names that no list has. */
export function skuServed(
  { event, prices, sku }: Pick<DispatchedAttempt, "event" | "prices" | "sku">,
  served: string | undefined,
): Sku | undefined {
  const { provider, model, at } = event;
  if (served === undefined || served === model) return sku;
  return prices.find({ provider, model: served, at }) ?? sku;
}

function free(usage: Usage | undefined): PricedEnding {
  return { usage, cost: { type: "priced", nanos: NOTHING }, components: [], residual: NOTHING };
}

function notPriced(usage: Usage | undefined, reason: string): PricedEnding {
  return { usage, cost: { type: "unpriced", reason }, components: [], residual: NOTHING };
}

/** What the hold covers beyond the estimate. Without a known bound nothing was held, and nothing can stay held. */
function withResidual(
  { event: { bound } }: DispatchedAttempt,
  ending: Omit<PricedEnding, "residual"> & { readonly cost: Extract<Cost, { type: "estimated" }> },
): PricedEnding {
  if (bound.type === "unknown" || bound.nanos <= ending.cost.nanos) return { ...ending, residual: NOTHING };
  return { ...ending, residual: money(bound.nanos - ending.cost.nanos) };
}
