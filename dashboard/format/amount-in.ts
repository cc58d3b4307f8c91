/** Amounts of budgets: money where the unit is USD, a count elsewhere. */
import type { Budget } from "#contract";
import { group } from "./money.ts";

export interface UnitSpeech {
  readonly money: (nanos: bigint | string) => string;
  readonly moneyExact: (nanos: bigint | string) => string;
}

type Unit = Budget["unit"];

const counted: Readonly<Record<Exclude<Unit, "USD">, string>> = {
  requests: "requests",
  tokens: "tokens",
  concurrent: "at once",
};

/** `$412.50`, `1,204 requests`, `12 at once`. */
export function formatAmountIn(unit: Unit, amount: bigint | string, { money }: UnitSpeech): string {
  return unit === "USD" ? money(amount) : `${formatCount(amount)} ${counted[unit]}`;
}

/** The number alone, for a column whose rows have units of their own. */
export function formatCountIn(unit: Unit, amount: bigint | string, { money }: UnitSpeech): string {
  return unit === "USD" ? money(amount) : formatCount(amount);
}

/** Every digit. */
export function formatExactIn(unit: Unit, amount: bigint | string, { moneyExact }: UnitSpeech): string {
  return unit === "USD" ? moneyExact(amount) : `${formatCount(amount)} ${counted[unit]}`;
}

function formatCount(amount: bigint | string): string {
  const count = BigInt(amount);
  return count < 0n ? `−${group(-count)}` : group(count);
}
