import { type Money, money } from "#units";
import { type Allocation, type Cell } from "./allocation.ts";
import { type View } from "./allocation-rule.ts";

export interface Correcting {
  /** As the closed month stands in the books. */
  readonly frozen: Allocation;
  /** As it would be told today, by the rules it was closed with. */
  readonly now: Allocation;
  /** What months closed after it have corrected of it already. */
  readonly booked: readonly Allocation[];
}

/**
 * The differences between what was frozen and what would be told today, for each view by whom, layer and source. Frozen cells and
 * corrections together are what would be told today, to the nano.
 */
export function correctClosed({ frozen, now, booked }: Correcting): Readonly<Record<View, readonly Cell[]>> {
  const of = (view: View) => differences({ frozen, now, booked }, view);
  return { feature: of("feature"), team: of("team"), customer: of("customer") };
}

function differences({ frozen, now, booked }: Correcting, view: View): readonly Cell[] {
  const sums = new Map<string, { readonly cell: Cell; sum: bigint }>();
  const add = (cell: Cell, amount: bigint, source: string): void => {
    const key = JSON.stringify([cell.value, cell.layer, source]);
    const origin = { type: "correction", month: frozen.month, source } as const;
    const found = sums.get(key) ?? { cell: { ...cell, origin }, sum: 0n };
    found.sum += amount;
    sums.set(key, found);
  };
  for (const cell of own(now, view)) add(cell, cell.amount, sourceOf(cell));
  for (const cell of own(frozen, view)) add(cell, 0n - cell.amount, sourceOf(cell));
  for (const cell of booked.flatMap(({ cells }) => cells[view])) {
    const { origin, amount } = cell;
    if (origin.type === "correction" && origin.month === frozen.month) add(cell, 0n - amount, origin.source);
  }
  return [...sums]
    .filter(([, { sum }]) => sum !== 0n)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { cell, sum }]) => ({ ...cell, amount: money(sum) }));
}

/** What a month says of itself; the rest of it corrects months before. */
function own({ cells }: Allocation, view: View): readonly Cell[] {
  return cells[view].filter(({ origin }) => origin.type !== "correction");
}

function sourceOf({ origin }: Cell): string {
  if (origin.type === "direct") return "direct";
  if (origin.type === "bill") return origin.bill;
  return origin.type === "carried" ? `${origin.by}=${origin.value}` : origin.source;
}

/** The open month with what it corrects of closed ones. */
export function withCorrections(
  open: Allocation,
  corrections: readonly Readonly<Record<View, readonly Cell[]>>[],
): Allocation {
  const added = (view: View) => [...open.cells[view], ...corrections.flatMap((cells) => cells[view])];
  return { ...open, cells: { feature: added("feature"), team: added("team"), customer: added("customer") } };
}

/** Sums of any cells by one of their words, the largest first. */
export function sumBy(cells: readonly Cell[], word: (cell: Cell) => string): readonly (readonly [string, Money])[] {
  const sums = new Map<string, bigint>();
  for (const cell of cells) sums.set(word(cell), (sums.get(word(cell)) ?? 0n) + cell.amount);
  return [...sums]
    .map(([name, sum]) => [name, money(sum)] as const)
    .toSorted(([a, one], [b, other]) => (one === other ? (a < b ? -1 : 1) : one > other ? -1 : 1));
}
