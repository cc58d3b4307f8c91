import { assert } from "#std";

/**
 * Splits an amount by weights so that the parts add up to it exactly: each part is rounded down, and what is left goes, one
 * at a time, to the largest remainders, the first of equal ones first (Hamilton's method). A credit is split like a debit.
 * All parts are 0 where all weights are.
 */
export function shareOut(amount: bigint, weights: readonly bigint[]): readonly bigint[] {
  let sum = 0n;
  for (const weight of weights) {
    assert(weight >= 0n, "a driver has no negative quantity");
    sum += weight;
  }
  if (sum === 0n) return weights.map(() => 0n);
  const size = amount < 0n ? -amount : amount;
  const parts: bigint[] = [];
  const remainders: bigint[] = [];
  let left = size;
  for (const weight of weights) {
    const scaled = size * weight;
    const part = scaled / sum;
    parts.push(part);
    remainders.push(scaled % sum);
    left -= part;
  }
  if (left > 0n) giveOut(parts, remainders, Number(left));
  return amount < 0n ? parts.map((part) => -part) : parts;
}

/** Fewer than there are parts, since each lost less than one. */
function giveOut(parts: bigint[], remainders: readonly bigint[], left: number): void {
  const byRemainder = [...remainders.keys()].toSorted((one, other) => {
    const [first = 0n, second = 0n] = [remainders[one], remainders[other]];
    return first === second ? one - other : first > second ? -1 : 1;
  });
  for (const index of byRemainder.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
}
