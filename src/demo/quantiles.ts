import { type Random } from "./random.ts";

/** Points of a distribution, rising in both: the share of values that are at most `value`. Straight lines between them. */
export type QuantileTable = readonly (readonly [share: number, value: number])[];

export function valueAt(table: QuantileTable, share: number): number {
  let before = table[0] ?? [0, 0];
  for (const knot of table) {
    if (share <= knot[0]) {
      const width = knot[0] - before[0];
      return width === 0 ? knot[1] : before[1] + ((knot[1] - before[1]) * (share - before[0])) / width;
    }
    before = knot;
  }
  return before[1];
}

export function drawFrom(table: QuantileTable, random: Random): number {
  return valueAt(table, random.fraction());
}

/** Tables of whole quantities have their knots half-way between two of them. */
export function drawWholeFrom(table: QuantileTable, random: Random): number {
  return Math.max(1, Math.round(drawFrom(table, random)));
}
