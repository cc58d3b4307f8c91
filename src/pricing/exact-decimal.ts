/** Decimals of JSON and of price lists as exact rates; no arithmetic on floats happens anywhere in this room. */
import { parseRate, type Rate } from "#units";

/** `units` of a class cost the price: 1 for tokens priced a million is { units: 1_000_000 }. */
export interface PriceUnit {
  readonly units: number;
}

const SHORTEST = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;
const RATE_DIGITS = 18;
const PER = 1_000_000n;

/**
 * A price per `units` as a rate per million. The number's shortest decimal form is the one the price list wrote, so
 * `0.0000125` stays itself. Prices per hour or minute do not always end in 18 decimals of a rate per million
 * milliseconds: those are rounded half to even there, 10^-18 of a dollar per million. Undefined when it is no finite
 * non-negative decimal, or one of more than 18 digits before the point.
 */
export function exactRate(price: number | string, { units }: PriceUnit): Rate | undefined {
  const match = SHORTEST.exec(String(price));
  if (match === null) return undefined;
  const [, whole = "", fraction = "", exponentText = "0"] = match;
  const scale = RATE_DIGITS + Number(exponentText) - fraction.length;
  const digits = BigInt(whole + fraction) * PER;
  const [numerator, denominator] =
    scale >= 0 ? [digits * 10n ** BigInt(scale), BigInt(units)] : [digits, BigInt(units) * 10n ** BigInt(-scale)];
  return rateOfScaled(divideHalfEven(numerator, denominator));
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const twiceRest = (numerator % denominator) * 2n;
  const isUp = twiceRest > denominator || (twiceRest === denominator && floor % 2n === 1n);
  return isUp ? floor + 1n : floor;
}

function rateOfScaled(scaled: bigint): Rate | undefined {
  const digits = scaled.toString().padStart(RATE_DIGITS + 1, "0");
  const parsed = parseRate(`${digits.slice(0, -RATE_DIGITS)}.${digits.slice(-RATE_DIGITS)}`);
  return parsed.ok ? parsed.value : undefined;
}
