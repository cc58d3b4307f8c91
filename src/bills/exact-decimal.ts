/** Decimals of bills as whole numbers and a scale: nothing on the way from a file to the ledger is a float. */
import { money, MONEY_MAX, type Money } from "#units";

/** `digits` × 10^-`scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Plain or with an exponent, as FOCUS allows both; at most so long that no product of two is unwieldy. */
export const DECIMAL_PATTERN = "-?[0-9]{1,20}(\\.[0-9]{1,36})?([eE][+-]?[0-9]{1,2})?";
/** The same in its parts. */
const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,36}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Sums of remainders are made of 38 digits. */
const SCALE_MAX = 36;

/** Undefined for anything but a decimal: no currency signs, no thousands, no spaces. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  const size = BigInt(whole + fraction);
  const digits = sign === "-" ? 0n - size : size;
  const scale = fraction.length - Number(exponent);
  if (scale > SCALE_MAX) return undefined;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function multiply(one: Decimal, other: Decimal): Decimal {
  return { digits: one.digits * other.digits, scale: one.scale + other.scale };
}

export function formatDecimal({ digits, scale }: Decimal): string {
  const size = (digits < 0n ? 0n - digits : digits).toString().padStart(scale + 1, "0");
  const whole = size.slice(0, size.length - scale);
  const fraction = size.slice(size.length - scale).replace(/0+$/, "");
  return `${digits < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

export interface Rounded {
  readonly nanos: Money;
  /** The exact amount less the rounded one; absent where nothing was rounded. */
  readonly remainder: string | undefined;
  /** The same as a number. */
  readonly rest: Decimal | undefined;
}

const NANO_SCALE = 9;

/** Half to even, with what rounding left kept exactly; undefined when the amount does not fit the books. */
export function roundToNanos({ digits, scale }: Decimal): Rounded | undefined {
  const rounded =
    scale <= NANO_SCALE
      ? { nanos: digits * 10n ** BigInt(NANO_SCALE - scale), rest: 0n }
      : divideHalfEven(digits, 10n ** BigInt(scale - NANO_SCALE));
  if (rounded.nanos > MONEY_MAX || rounded.nanos < 0n - MONEY_MAX) return undefined;
  const rest = rounded.rest === 0n ? undefined : { digits: rounded.rest, scale };
  return { nanos: money(rounded.nanos), remainder: rest === undefined ? undefined : formatDecimal(rest), rest };
}

function divideHalfEven(digits: bigint, by: bigint): { readonly nanos: bigint; readonly rest: bigint } {
  const below = digits / by - (digits % by < 0n ? 1n : 0n);
  const twiceOver = (digits - below * by) * 2n;
  const isUp = twiceOver > by || (twiceOver === by && below % 2n !== 0n);
  const nanos = isUp ? below + 1n : below;
  return { nanos, rest: digits - nanos * by };
}
