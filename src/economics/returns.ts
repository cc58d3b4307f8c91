/** Whether a feature is worth its cost, and what its latency costs. Every result rests on assumptions, which go with it. */
import { type Money, money } from "#units";
import { average } from "./average.ts";

interface Return {
  /** Successes times what each would have cost. */
  readonly benefit: Money;
  /** Benefit less cost, over cost, in hundredths of a percent; undefined where nothing was spent. */
  readonly roiBasisPoints: bigint | undefined;
}

/** (benefit − cost) / cost. Undefined where no outcome was reported: nobody knows whether it worked. */
export function returnOf(
  { cost, outcomes, successes }: { readonly cost: bigint; readonly outcomes: number; readonly successes: number },
  counterfactual: Money,
): Return | undefined {
  if (outcomes === 0) return undefined;
  const benefit = money(counterfactual * BigInt(successes));
  return { benefit, roiBasisPoints: cost <= 0n ? undefined : average((benefit - cost) * 10_000n, cost) };
}

interface Slowness {
  /** Answers that were measured. */
  readonly answers: number;
  /** Time of all of them above the reference, in microseconds. */
  readonly overUs: bigint;
}

const PER_MILLION = 1_000_000n;
const STEP_US = 100_000n;

/**
 * revenue × (mean time above the reference ÷ 100 ms) × elasticity, at most a share of revenue. In products of integers,
 * rounded once. Undefined where nothing was measured.
 */
export function latencyLoss(
  revenue: bigint,
  { answers, overUs }: Slowness,
  { perStepPpm, mostPpm }: { readonly perStepPpm: number; readonly mostPpm: number },
): { readonly loss: Money; readonly isCapped: boolean } | undefined {
  if (answers === 0 || revenue < 0n) return undefined;
  const top = overUs * BigInt(perStepPpm);
  const bottom = STEP_US * BigInt(answers);
  const most = BigInt(mostPpm);
  const isCapped = top > most * bottom;
  const loss = isCapped ? average(revenue * most, PER_MILLION) : average(revenue * top, bottom * PER_MILLION);
  return { loss: money(loss), isCapped };
}
