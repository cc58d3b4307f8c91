/**
 * Parts of a whole by their weights, which add up to it exactly: what rounding leaves goes to the largest remainders, the first
 * of equal ones. Where no weight is above zero, the last part is the whole.
 */
export function shareOut(whole: bigint, weights: readonly bigint[]): readonly bigint[] {
  if (whole < 0n) return shareOut(0n - whole, weights).map((part) => 0n - part);
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (sum === 0n) return weights.map((_, index) => (index === weights.length - 1 ? whole : 0n));
  const parts = weights.map((weight) => (whole * weight) / sum);
  const rest = (index: number) => (whole * (weights[index] ?? 0n)) % sum;
  const byRest = [...weights.keys()].toSorted((one, other) => compare(rest(other), rest(one)));
  const left = Number(whole - parts.reduce((total, part) => total + part, 0n));
  const favoured = new Set(byRest.slice(0, left));
  return parts.map((part, index) => (favoured.has(index) ? part + 1n : part));
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
