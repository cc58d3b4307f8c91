import { assert } from "#std";

/** Exact, rounded once: half away from zero. */
export function average(amount: bigint, over: number | bigint): bigint {
  const divisor = BigInt(over);
  assert(divisor > 0n, "an average is over something");
  const magnitude = amount < 0n ? -amount : amount;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return amount < 0n ? -rounded : rounded;
}
