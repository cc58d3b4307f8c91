import { type Instant, type Money, money } from "#units";
import { type Commitment } from "./commitments-config.ts";

/** What one provider charged for one model on one day in UTC, by the ledger. */
export interface DayCharge {
  readonly day: string;
  readonly model: string;
  readonly nanos: Money;
}

export interface Drawdown {
  readonly drawn: Money;
  /** Of the amount; 0 once it is used up. */
  readonly left: Money;
  /** Used beyond the amount, at the price of every other call. */
  readonly over: Money;
  /** Of whole days, the last 28 at most; undefined before the first is over. */
  readonly perDay: Money | undefined;
  /** The day that the rest is drawn on at that pace, where it is within the term. */
  readonly runsOut: string | undefined;
  /** What would be left at the end at that pace; what is left once it is over. Undefined while there is no pace. */
  readonly unused: Money | undefined;
}

const DAY_MS = 86_400_000;
const PACE_DAYS = 28;
const DATE = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;

/** Every charge of the term draws on it, to its last nano: unused, drawn and over are never scaled to fit. */
export function drawDown(commitment: Commitment, charges: readonly DayCharge[], now: Instant): Drawdown {
  const { amount, from, to } = commitment;
  const own = charges.filter(({ day, model }) => day >= from && day <= to && isOf(commitment, model));
  const drawn = sumOf(own);
  const left = drawn >= amount ? 0n : amount - drawn;
  const today = dayOf(now);
  // Nothing tells an idle week from one before anybody used this ledger: the pace begins with the first charge.
  const begun = own.map(({ day }) => day).toSorted()[0] ?? from;
  const perDay = paceOf(own, { from: begun, until: today > to ? shift(to, 1) : today });
  const ends = endOf({ left, perDay, today, to });
  return { drawn: money(drawn), left: money(left), over: money(drawn - amount + left), perDay, ...ends };
}

function isOf({ models }: Commitment, model: string): boolean {
  return models === undefined || models.includes(model) || models.includes(model.replace(DATE, ""));
}

function sumOf(charges: readonly DayCharge[]): bigint {
  return charges.reduce((sum, { nanos }) => sum + nanos, 0n);
}

/** Today is left out: it is not over. */
function paceOf(
  own: readonly DayCharge[],
  { from, until }: { readonly from: string; readonly until: string },
): Money | undefined {
  const days = Math.min(PACE_DAYS, Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS));
  if (days < 1) return undefined;
  const since = shift(until, -days);
  return money(sumOf(own.filter(({ day }) => day >= since && day < until)) / BigInt(days));
}

interface Ending {
  readonly left: bigint;
  readonly perDay: Money | undefined;
  readonly today: string;
  readonly to: string;
}

function endOf({ left, perDay, today, to }: Ending): Pick<Drawdown, "runsOut" | "unused"> {
  if (today > to) return { runsOut: undefined, unused: money(left) };
  if (perDay === undefined) return { runsOut: undefined, unused: undefined };
  const days = BigInt(Math.round((Date.parse(to) - Date.parse(today)) / DAY_MS) + 1);
  if (perDay <= 0n || perDay * days < left)
    return { runsOut: undefined, unused: money(left - (perDay > 0n ? perDay * days : 0n)) };
  const whole = (left + perDay - 1n) / perDay;
  return { runsOut: shift(today, whole === 0n ? 0 : Number(whole) - 1), unused: money(0n) };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function shift(day: string, by: number): string {
  return dayOf(Date.parse(day) + by * DAY_MS);
}
