/** We said no: facts, no prose. */
import { type Instant } from "#units";
import { type PeriodLength } from "./period.ts";
import { type Unit } from "./unit.ts";

export type Refusal = Exceeded | RateLimited | Unanswered;

/** Amounts are in the unit of the budget: nanos where it is USD. */
interface Short {
  readonly budget: string;
  readonly value: string;
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly inDoubt: bigint;
  readonly left: bigint;
  /** The last instant that a date can hold where nothing ends: `total`, and limits on what runs at once. */
  readonly resetAt: Instant;
  /** Every slice was called back before this was said. False when a holder did not answer in time. */
  readonly isComplete: boolean;
}

/** The money of a period is used up. */
export interface Exceeded extends Short {
  readonly code: "budget_exceeded";
}

/** Too much at once or within a minute: the same call passes a little later. */
export interface RateLimited extends Short {
  readonly code: "rate_limited";
  readonly unit: Unit;
}

/**
 * A template that may open no more values; an ask that came after its period; no word from the authority for three
 * seconds, or none but that others wait; a limit on tokens over an attempt whose tokens nothing limits.
 */
export interface Unanswered {
  readonly code: "budget_table_full" | "budget_period_over" | "budget_unreachable" | "tokens_unbounded";
  readonly budget: string;
  readonly value: string;
  readonly resetAt: Instant;
}

/** Money per minute is a rate too: waiting helps. */
export function refuseShort(facts: Short, { unit, per }: { readonly unit: Unit; readonly per: PeriodLength }): Refusal {
  const isRate = unit !== "USD" || per === "minute";
  return isRate ? { code: "rate_limited", unit, ...facts } : { code: "budget_exceeded", ...facts };
}
