/** Money is set aside for an attempt before it is made: the most that it can cost. */
import { type BudgetDefinition, type Hold } from "#budget";
import { type AttemptDispatched } from "#events";
import { type Bound } from "#inference";
import { assert, err, ok, type Result } from "#std";
import { formatMoney, type Money, money } from "#units";
import { type Answered, type CallBudgets } from "../call-budgets.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";

type Unit = BudgetDefinition["unit"];

/** A dispatch that may be written down; without a hold where no budget holds the call or it costs nothing. */
export interface Held {
  readonly event: AttemptDispatched;
  readonly hold: Hold | undefined;
}

/** Answers at once wherever it can: a promise only while other threads are asked to give money back. */
export function takeHold(
  around: Surroundings,
  draft: AttemptDispatched,
  holdCeiling: Money | undefined,
): Result<Held, Refusal> | Promise<Result<Held, Refusal>> {
  const { budgets } = around;
  if (budgets === undefined || budgets.isEmpty) return ok({ event: draft, hold: undefined });
  const bounded = boundUnder(budgets, draft, holdCeiling);
  if (!bounded.ok) return bounded;
  const event = bounded.value;
  const amount = event.bound.type === "unknown" ? 0n : event.bound.nanos;
  if (amount === 0n && !budgets.isCounting(event)) return ok({ event, hold: undefined });
  const tokens = event.bound.tokens === undefined ? undefined : BigInt(event.bound.tokens);
  const admission = budgets.hold({ spender: event, amount, tokens, isFirst: event.number === 1, at: event.at });
  if (admission instanceof Promise) return admission.then((late) => held(around, event, late));
  return held(around, event, admission);
}

/** What nobody can price or limit is held at the route's ceiling where a budget refuses, and is not sent without one. */
function boundUnder(
  budgets: CallBudgets,
  draft: AttemptDispatched,
  holdCeiling: Money | undefined,
): Result<AttemptDispatched, Refusal> {
  if (draft.bound.type !== "unknown" || !budgets.isRefusing(draft)) return ok(draft);
  const isUnpriced = draft.prices === undefined;
  if (isUnpriced && holdCeiling !== undefined) return ok({ ...draft, bound: { type: "ceiling", nanos: holdCeiling } });
  const { provider, model } = draft;
  if (isUnpriced) return err({ code: "unpriced_model", facts: { model: `${provider}/${model}` } });
  return err({ code: "unbounded_cost", facts: { detail: draft.bound.reason } });
}

function held(around: Surroundings, draft: AttemptDispatched, admission: Answered): Result<Held, Refusal> {
  if (admission.type === "refused") {
    around.budgets?.news.refused(admission.refusal);
    return err(toRefusal(around, draft, admission.refusal));
  }
  assert(admission.type === "admitted", "nothing cheaper was offered");
  const { hold } = admission;
  // A call that waited over the end of a period belongs to the next one, for the journal too.
  return ok({ event: hold.at === draft.at ? draft : { ...draft, at: hold.at }, hold });
}

function toRefusal(
  { snapshot }: Surroundings,
  { bound }: AttemptDispatched,
  refusal: Extract<Answered, { type: "refused" }>["refusal"],
): Refusal {
  const { budget, value, resetAt } = refusal;
  const named = { budget, ...(value === "" ? {} : { value: printable(value) }), reset_at: timestamp(resetAt) };
  const booked = { budget, value: printable(value) };
  const shortOf = ({ limit, left }: { limit: bigint; left: bigint }, unit: Unit) => {
    const say = (amount: bigint) => (unit === "USD" ? formatMoney(money(amount)) : amount.toString());
    return { ...named, limit: say(limit), left: say(left > 0n ? left : 0n), needed: neededOf(bound, unit) };
  };
  switch (refusal.code) {
    case "budget_exceeded":
      return { code: refusal.code, facts: shortOf(refusal, "USD"), budget: booked, status: snapshot.refusalStatus };
    case "rate_limited":
      return { code: refusal.code, facts: { ...shortOf(refusal, refusal.unit), unit: refusal.unit }, budget: booked };
    case "tokens_unbounded":
      return { code: refusal.code, facts: named, budget: booked };
    case "budget_table_full":
      return { code: refusal.code, facts: named, budget: booked, status: snapshot.refusalStatus };
    default:
      return { code: "budget_unreachable", facts: named, budget: booked };
  }
}

function neededOf(bound: Bound, unit: Unit): string | number {
  if (unit === "USD") return bound.type === "unknown" ? "?" : formatMoney(bound.nanos);
  return unit === "tokens" ? (bound.tokens ?? "?") : 1;
}

/** Values of several names are kept apart by a control character. */
function printable(value: string): string {
  return value.replaceAll("\u001F", ",");
}

// `total` never starts anew: its end is the last instant that a date can be.
const NEVER = 8.64e15;

function timestamp(at: number): string {
  return at >= NEVER ? "never" : new Date(at).toISOString();
}
