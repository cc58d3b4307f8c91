import { err, ok, type Result } from "#std";

declare const brand: unique symbol;
/**
 * Billionths of the book currency. A bigint because a number is exact only to 9.0 million dollars in nanos, and nano
 * because one cached token at $0.05 per million costs 50 of them.
 */
export type Money = bigint & { readonly [brand]: "Money" };

export function money(nanos: bigint): Money {
  return nanos as Money;
}

/** One amount in the books fits 64 bits, 9.2 billion of the currency; only sums may be larger. */
export const MONEY_MAX = money(2n ** 63n - 1n);

const NANO_DIGITS = 9;
const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{1,9}))?$/;

/** Reads a plain decimal such as `12.5` or `-0.000000001`; more than nine decimals or an exponent is an error. */
export function parseMoney(text: string): Result<Money, { readonly type: "not-money"; readonly text: string }> {
  const match = DECIMAL.exec(text);
  if (match === null) return err({ type: "not-money", text });
  const [, sign = "", whole = "", fraction = ""] = match;
  const nanos = BigInt(whole + fraction.padEnd(NANO_DIGITS, "0"));
  return ok(money(sign === "-" ? -nanos : nanos));
}

/** The exact decimal with nothing rounded and no trailing zeros: `0.001234567`, `12`, `-3.5`. */
export function formatMoney(amount: Money): string {
  const digits = (amount < 0n ? 0n - amount : amount).toString().padStart(NANO_DIGITS + 1, "0");
  const whole = digits.slice(0, -NANO_DIGITS);
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
