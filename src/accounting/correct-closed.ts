import { type Money, money } from "#units";
import { type AllocatedLine } from "./allocate.ts";
import { placeKey } from "./allocation-rule.ts";

/** What a closed period would say otherwise now, to be booked into an open one. */
export interface Correction {
  readonly bill: string;
  /** The closed period that it is about. */
  readonly of: string;
  /** The open period that it is booked in. */
  readonly period: string;
  /** Where it lies: an end, a pool, or `(unallocated)`. */
  readonly at: string;
  readonly amount: Money;
}

/**
 * The differences between what was frozen and what would be allocated today, by bill and place. Frozen lines and corrections together
 * are what would be allocated today, and for each bill they add up to the difference of the bill itself.
 */
export function correctClosed(
  {
    frozen,
    now,
    booked,
  }: Readonly<Record<"frozen" | "now", readonly AllocatedLine[]> & { booked: readonly Correction[] }>,
  open: string,
): readonly Correction[] {
  const differences = new Map<
    string,
    { readonly bill: string; readonly of: string; readonly at: string; sum: bigint }
  >();
  const add = (at: { readonly bill: string; readonly of: string; readonly at: string }, amount: bigint): void => {
    const key = JSON.stringify([at.bill, at.of, at.at]);
    const found = differences.get(key) ?? { ...at, sum: 0n };
    found.sum += amount;
    differences.set(key, found);
  };
  for (const line of now) add(placeOf(line), line.amount);
  for (const line of frozen) add(placeOf(line), 0n - line.amount);
  for (const { bill, of, at, amount } of booked) add({ bill, of, at }, 0n - amount);
  return [...differences.values()]
    .filter(({ sum }) => sum !== 0n)
    .map(({ sum, ...at }) => ({ ...at, period: open, amount: money(sum) }))
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function keyOf({ of, bill, at }: Correction): string {
  return JSON.stringify([of, bill, at]);
}

function placeOf({ bill, period, steps, unallocated }: AllocatedLine) {
  const last = steps.at(-1);
  return {
    bill,
    of: period,
    at: unallocated !== undefined || last === undefined ? "(unallocated)" : placeKey(last.to),
  };
}
