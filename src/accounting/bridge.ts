/** Why a month cost more or less than the one before, in parts that add up to the difference exactly. */
import { type Money, money } from "#units";

/** Calls of one feature at one model, in one month. */
export interface Segment {
  readonly key: string;
  readonly calls: bigint;
  readonly tokens: bigint;
  readonly cost: Money;
}

export interface MonthCost {
  /** What calls cost. */
  readonly segments: readonly Segment[];
  /** Work of its own that is no call: tools, reviews, retrieval. */
  readonly work: Money;
  /** Its part of what is shared, with corrections of months before. */
  readonly shared: Money;
}

export const bridgeParts = ["volume", "mix", "efficiency", "price", "work", "shared"] as const;
export type BridgePart = (typeof bridgeParts)[number];
export type Bridge = Readonly<Record<BridgePart, Money>>;

/**
 * One factor after the other goes from the month before to this one: how many calls there were (volume), at which features and
 * models (mix), with how many tokens each (efficiency), at what a token cost (price). Each stage is rounded to a nano and the
 * parts are differences of stages, so that they add up whatever is rounded.
 */
export function bridge(before: MonthCost, now: MonthCost): Bridge {
  const old = new Map(before.segments.map((segment) => [segment.key, segment]));
  const [callsBefore, callsNow] = [sumOf(before.segments, "calls"), sumOf(now.segments, "calls")];
  const start = sumOf(before.segments, "cost");
  const end = sumOf(now.segments, "cost");
  const moreCalls = callsBefore === 0n ? start : ratio(start, callsNow, callsBefore);
  let otherMix = 0n;
  let otherSize = 0n;
  for (const segment of now.segments) {
    const was = old.get(segment.key);
    const isNew = was === undefined || was.calls <= 0n;
    const mixed = isNew ? segment.cost : ratio(was.cost, segment.calls, was.calls);
    otherMix += mixed;
    otherSize += isNew || was.tokens <= 0n ? mixed : ratio(was.cost, segment.tokens, was.tokens);
  }
  return {
    volume: money(moreCalls - start),
    mix: money(otherMix - moreCalls),
    efficiency: money(otherSize - otherMix),
    price: money(end - otherSize),
    work: money(now.work - before.work),
    shared: money(now.shared - before.shared),
  };
}

function sumOf(segments: readonly Segment[], name: "calls" | "tokens" | "cost"): bigint {
  return segments.reduce((sum, segment) => sum + segment[name], 0n);
}

/** `amount × numerator ÷ denominator` of a positive denominator, half away from zero. */
function ratio(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  const twice = amount * numerator * 2n;
  return (twice < 0n ? twice - denominator : twice + denominator) / (denominator * 2n);
}
