import { err, ok, type Result } from "#std";
import { type Money, money } from "./money.ts";

declare const brand: unique symbol;
/** Money per million units as an exact decimal: the bigint counts 10^-18 of the currency per million units. */
export type Rate = bigint & { readonly [brand]: "Rate" };

const RATE_DIGITS = 18;
const DECIMAL = /^(\d{1,18})(?:\.(\d{1,18}))?$/;

/** Reads a plain non-negative decimal in currency per million units; exponents and more than 18 decimals are errors. */
export function parseRate(text: string): Result<Rate, { readonly type: "not-a-rate"; readonly text: string }> {
  const match = DECIMAL.exec(text);
  if (match === null) return err({ type: "not-a-rate", text });
  const [, whole = "", fraction = ""] = match;
  return ok(BigInt(whole + fraction.padEnd(RATE_DIGITS, "0")) as Rate);
}

/** The exact decimal in currency per million units, without trailing zeros. */
export function formatRate(rate: Rate): string {
  const digits = rate.toString().padStart(RATE_DIGITS + 1, "0");
  const fraction = digits.slice(-RATE_DIGITS).replace(/0+$/, "");
  return digits.slice(0, -RATE_DIGITS) + (fraction === "" ? "" : `.${fraction}`);
}

/** An exact share of a rate, such as 11 tenths; undefined where it has more than 18 decimals. */
export function shareOf(rate: Rate, { times, by }: { readonly times: bigint; readonly by: bigint }): Rate | undefined {
  const exact = rate * times;
  return exact % by === 0n ? ((exact / by) as Rate) : undefined;
}

// One million units times 10^18, over the 10^9 nanos of one currency unit.
const UNITS_PER_NANO = 10n ** 15n;

/**
 * The price of `quantity` units. Rounded once per component, half to even: rounding per token would drift by whole
 * dollars a day at production volume.
 */
export function charge(quantity: number, rate: Rate): Money {
  const exact = BigInt(quantity) * rate;
  const floor = exact / UNITS_PER_NANO;
  const twiceRest = (exact % UNITS_PER_NANO) * 2n;
  const isUp = twiceRest > UNITS_PER_NANO || (twiceRest === UNITS_PER_NANO && floor % 2n === 1n);
  return money(isUp ? floor + 1n : floor);
}
