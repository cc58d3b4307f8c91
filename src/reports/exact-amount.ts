import { type Money, money } from "#units";

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;
const NANO_DIGITS = 9;

/**
 * Text of a decimal amount to nanos, half to even, with how many decimals of the currency it was written with. JSON
 * numbers come as the shortest text that means the same double, exponent and all. Undefined for other text.
 */
export function exactAmount(
  text: string,
  unit: "currency" | "cents",
): { readonly nanos: Money; readonly decimals: number } | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const scale = fraction.length - Number(exponent) + (unit === "cents" ? 2 : 0);
  const digits = BigInt(whole + fraction);
  const nanos = scale <= NANO_DIGITS ? digits * 10n ** BigInt(NANO_DIGITS - scale) : rounded(digits, scale);
  return { nanos: money(sign === "-" ? -nanos : nanos), decimals: Math.max(0, scale) };
}

function rounded(digits: bigint, scale: number): bigint {
  const unit = 10n ** BigInt(scale - NANO_DIGITS);
  const floor = digits / unit;
  const twiceRest = (digits % unit) * 2n;
  return twiceRest > unit || (twiceRest === unit && floor % 2n === 1n) ? floor + 1n : floor;
}
