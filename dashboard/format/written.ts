/** What people write into fields, as the API asks for it. Undefined where it cannot be read. */

const AMOUNT = /^\$?(\d{1,9})(?:\.(\d{1,9}))?$/;

/** `0.05`, `$1,200` to nanos. */
export function readAmount(text: string): string | undefined {
  const [, whole, part = ""] = AMOUNT.exec(text.trim().replaceAll(",", "")) ?? [];
  return whole === undefined ? undefined : BigInt(whole + part.padEnd(9, "0")).toString();
}

const TIME = /^(\d{1,6})(?:\.(\d{1,3}))?\s*(ms|s|min|h|d)?$/;
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1.5 s`, `300 ms`, `2 min` to whole milliseconds; seconds where no unit is written. */
export function readTime(text: string): string | undefined {
  const [, whole, part = "", unit = "s"] = TIME.exec(text.trim()) ?? [];
  const ms = units[unit];
  if (whole === undefined || ms === undefined) return undefined;
  return Math.round((Number(whole + part.padEnd(3, "0")) * ms) / 1000).toString();
}
