/** A budget's no in the words of the data plane. */
import { type Refusal as BudgetRefusal } from "#budget";
import { type CallRefused } from "#events";
import { type Bound } from "#inference";
import { formatMoney, money } from "#units";
import { type Refusal } from "../refusals.ts";
import { type Offer } from "./offer.ts";

interface Terms {
  readonly offer: Offer;
  /** Of refusals for money that is used up. */
  readonly status: 402 | 429;
  /** The budget's scope names a provider, or has one budget for each. */
  readonly isOfProvider: boolean;
}

export function refusalOfBudget(refusal: BudgetRefusal, { offer, status, isOfProvider }: Terms): Refusal {
  const value = refusal.value.replaceAll(BETWEEN, ",");
  const budget = { budget: refusal.budget, value, ...(isOfProvider ? { provider: offer.draft.provider } : {}) };
  const named = {
    budget: refusal.budget,
    ...(value === "" ? {} : { value }),
    reset_at: timestamp(refusal.resetAt),
  };
  switch (refusal.code) {
    case "budget_exceeded": {
      const shortage = shortageOf("USD", refusal, offer.draft.bound);
      const facts = { ...named, ...spoken(shortage) };
      return { code: refusal.code, facts, budget: { ...budget, shortage }, status };
    }
    case "rate_limited": {
      const { unit, resetAt } = refusal;
      const shortage = shortageOf(unit, refusal, offer.draft.bound);
      const facts = { ...named, unit, ...spoken(shortage) };
      const retryAfter = secondsUntil(resetAt, offer.draft.at);
      return { code: refusal.code, facts, budget: { ...budget, shortage }, retryAfter };
    }
    case "budget_table_full":
      return { code: refusal.code, facts: named, budget, status };
    case "tokens_unbounded":
      return { code: refusal.code, facts: named, budget };
    default:
      return { code: "budget_unreachable", facts: named, budget };
  }
}

/** Why an attempt without a bound is not made, where only its provider's own budget wants one. */
export function ofProviderAlone(
  { budget, value }: Pick<BudgetRefusal, "budget" | "value">,
  provider: string,
): NonNullable<Refusal["budget"]> {
  return { budget, value: value.replaceAll(BETWEEN, ","), provider };
}

// Values of several names are kept apart by a control character.
const BETWEEN = "\u001F";

type Shortage = NonNullable<CallRefused["shortage"]>;
type Unit = Shortage["unit"];

function shortageOf(unit: Unit, { limit, left }: Pick<Shortage, "limit" | "left">, bound: Bound): Shortage {
  return { unit, limit: notNegative(limit), left: notNegative(left), needed: neededOf(unit, bound) };
}

function spoken({ unit, limit, left, needed }: Shortage) {
  const needs = needed === undefined ? "?" : amountOf(unit, needed);
  return { limit: amountOf(unit, limit), left: amountOf(unit, left), needed: needs };
}

function notNegative(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

function amountOf(unit: Unit, amount: bigint): string {
  return unit === "USD" ? formatMoney(money(amount)) : String(amount);
}

function neededOf(unit: Unit, bound: Bound): bigint | undefined {
  if (unit === "tokens") return bound.tokens === undefined ? undefined : BigInt(bound.tokens);
  if (unit !== "USD") return 1n;
  return bound.type === "unknown" ? undefined : bound.nanos;
}

/** Something that runs may end at any moment, so a limit without a period is worth another try in a second. */
function secondsUntil(resetAt: number, now: number): number {
  return resetAt >= NEVER ? 1 : Math.max(1, Math.ceil((resetAt - now) / 1000));
}

// The end of what never starts anew is the last instant that a date can hold.
const NEVER = 8.64e15;

function timestamp(at: number): string {
  return at >= NEVER ? "never" : new Date(at).toISOString();
}
