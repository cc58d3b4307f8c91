/** A budget's no in the words of the data plane. */
import { type Refusal as BudgetRefusal } from "#budget";
import { type Bound } from "#inference";
import { formatMoney, money } from "#units";
import { type Refusal } from "../refusals.ts";
import { type Offer } from "./offer.ts";

interface Terms {
  readonly offer: Offer;
  /** Of refusals for money that is used up. */
  readonly status: 402 | 429;
}

export function refusalOfBudget(refusal: BudgetRefusal, { offer, status }: Terms): Refusal {
  const value = refusal.value.replaceAll(BETWEEN, ",");
  const budget = { budget: refusal.budget, value };
  const named = {
    budget: refusal.budget,
    ...(value === "" ? {} : { value }),
    reset_at: timestamp(refusal.resetAt),
  };
  switch (refusal.code) {
    case "budget_exceeded": {
      const needed = neededOf("USD", offer.draft.bound);
      const facts = { ...named, limit: dollars(refusal.limit), left: dollars(refusal.left), needed };
      return { code: refusal.code, facts, budget, status };
    }
    case "rate_limited": {
      const { unit, limit, left, resetAt } = refusal;
      const needed = neededOf(unit, offer.draft.bound);
      const facts = { ...named, unit, limit: amountOf(unit, limit), left: amountOf(unit, left), needed };
      return { code: refusal.code, facts, budget, retryAfter: secondsUntil(resetAt, offer.draft.at) };
    }
    case "budget_table_full":
      return { code: refusal.code, facts: named, budget, status };
    case "tokens_unbounded":
      return { code: refusal.code, facts: named, budget };
    default:
      return { code: "budget_unreachable", facts: named, budget };
  }
}

// Values of several names are kept apart by a control character.
const BETWEEN = "\u001F";

function dollars(nanos: bigint): string {
  return formatMoney(money(nanos > 0n ? nanos : 0n));
}

type Unit = Extract<BudgetRefusal, { code: "rate_limited" }>["unit"];

function amountOf(unit: Unit, amount: bigint): string {
  if (unit === "USD") return dollars(amount);
  return String(amount > 0n ? amount : 0n);
}

function neededOf(unit: Unit, bound: Bound): string {
  if (unit === "tokens") return bound.tokens === undefined ? "?" : String(bound.tokens);
  if (unit !== "USD") return "1";
  return bound.type === "unknown" ? "?" : formatMoney(bound.nanos);
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
