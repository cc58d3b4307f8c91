/** How much of each budget a call takes and leaves, by the auditor's own reading of units. */
import { type BudgetDefinition } from "#budget";
import { type AttemptDispatched, type Settlement } from "#events";
import { type Call } from "./calls.ts";

/** Doubt is released until a minute after the end of its period. */
export const CLOSE_AFTER_MS = 60_000;

export type Sized = Pick<Call, "amount" | "tokens" | "isFirst">;
export type Ending = Pick<Settlement, "cost" | "residual" | "usage">;

export interface Charged {
  readonly spent: bigint;
  readonly inDoubt: bigint;
}

/** A retry is no further call; where the scope names the provider, each attempt is one request there. */
export function takenOf({ unit, scope }: BudgetDefinition, { amount, tokens, isFirst }: Sized): bigint {
  if (unit === "USD") return amount;
  if (unit === "tokens") return tokens;
  return unit === "concurrent" || isFirst || "provider" in scope ? 1n : 0n;
}

export function sizedOf({ bound, number }: AttemptDispatched): Sized {
  const amount = bound.type === "unknown" ? 0n : bound.nanos;
  return { amount, tokens: BigInt(bound.tokens ?? 0), isFirst: number === 1 };
}

export function chargedOf(budget: BudgetDefinition, sized: Sized, { cost, residual, usage }: Ending): Charged {
  const taken = takenOf(budget, sized);
  if (budget.unit === "concurrent") return { spent: 0n, inDoubt: 0n };
  if (budget.unit === "requests") return { spent: taken, inDoubt: 0n };
  if (budget.unit === "USD") {
    // What nobody can price stays in doubt as a whole.
    return cost.type === "unpriced" ? { spent: 0n, inDoubt: taken } : { spent: cost.nanos, inDoubt: residual };
  }
  if (usage === undefined) return { spent: 0n, inDoubt: cost.type === "priced" ? 0n : taken };
  const spent = BigInt((usage.input_uncached ?? 0) + (usage.cache_read ?? 0) + (usage.output_text ?? 0));
  return { spent, inDoubt: residual > 0n && taken > spent ? taken - spent : 0n };
}

/** Dispatched by a thread that died: money and tokens may be owed, the request was made, and nothing runs any more. */
export function lostOf(budget: BudgetDefinition, sized: Sized): Charged {
  const taken = takenOf(budget, sized);
  if (budget.unit === "concurrent") return { spent: 0n, inDoubt: 0n };
  return budget.unit === "requests" ? { spent: taken, inDoubt: 0n } : { spent: 0n, inDoubt: taken };
}
