/** Amounts for reading. What must be exact to the last digit comes with --json. */

const SHOWN_PLACES = 4;
// Nanos have nine places.
const STEP = 10n ** BigInt(9 - SHOWN_PLACES);

/** `12.3457` of a decimal string of nanos, half to even; an amount too small for four places is `<0.0001`, never 0. */
export function showNanos(text: string): string {
  const nanos = BigInt(text);
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  if (size > 0n && size * 2n < STEP) return sign === "" ? "<0.0001" : ">-0.0001";
  const floor = size / STEP;
  const twiceRest = (size % STEP) * 2n;
  const steps = twiceRest > STEP || (twiceRest === STEP && floor % 2n === 1n) ? floor + 1n : floor;
  const digits = steps.toString().padStart(SHOWN_PLACES + 1, "0");
  return `${sign}${grouped(digits.slice(0, -SHOWN_PLACES))}.${digits.slice(-SHOWN_PLACES)}`;
}

/** `3 120`: digits in threes. */
export function showCount(count: number): string {
  return grouped(count.toString());
}

/** `1.9 M`, `57.6 k`: tokens are many, and the exact number is with --json. */
export function showTokens(count: number): string {
  if (count < 1000) return count.toString();
  return count < 999_950 ? `${(count / 1000).toFixed(1)} k` : `${(count / 1_000_000).toFixed(1)} M`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function showBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function grouped(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, " ");
}
