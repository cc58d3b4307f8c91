/** Whom a month's money belongs to: derived from the ledger and the rules, and nowhere stored as the truth. */
import { assert, err, ok, type Result } from "#std";
import { type Money, money } from "#units";
import { allocate, type AllocatedLine, type AllocationProblem } from "./allocate.ts";
import { carryKey, carryRulesOf } from "./allocation-config.ts";
import { type AllocationRules, type Bill, type Place, type View, views } from "./allocation-rule.ts";
import { type Segment } from "./bridge.ts";
import { shareOut } from "./share-out.ts";

export const UNALLOCATED = "(unallocated)";
const NONE = "(none)";

/** Entries of a month that are alike in all that rules choose by: a cost that nobody carries of itself. */
export interface PooledBill extends Bill {
  readonly entries: number;
  /** Entries whose cost is unknown; absent in months that were closed before they were counted here. */
  readonly unpriced?: number;
  /** One of them. */
  readonly entry: string;
}

export interface DirectCost {
  readonly value: string;
  readonly layer: string;
  readonly amount: Money;
}

export interface Source {
  readonly provider: string;
  readonly layer: string;
  readonly amount: Money;
}

export interface Carrying {
  readonly from: string;
  readonly to: string;
  readonly quantity: bigint;
}

/** A team's calls of one feature at one model: a part of what needs no rule. */
export interface TeamCalls extends Segment {
  readonly team: string;
}

/** All that an allocation is a function of, besides the rules. */
export interface MonthFacts {
  readonly month: string;
  readonly bills: readonly PooledBill[];
  /** What needs no rule, as each view tells it: each adds up to the same. */
  readonly direct: Readonly<Record<View, readonly DirectCost[]>>;
  /** What needs no rule, by who was paid. */
  readonly sources: readonly Source[];
  /** Of the rules that measure, by name. */
  readonly quantities: ReadonlyMap<string, readonly { readonly value: string; readonly quantity: bigint }[]>;
  /** By `carryKey`. */
  readonly carried: ReadonlyMap<string, readonly Carrying[]>;
  readonly calls: readonly TeamCalls[];
}

/** Where the money of a cell came from. */
export type Origin =
  | { readonly type: "direct" }
  | { readonly type: "bill"; readonly bill: string; readonly line: number }
  /** A part of what a feature, team or customer carries in this layer, told by others. */
  | {
      readonly type: "carried";
      readonly by: string;
      readonly value: string;
      readonly rule: string;
      readonly quantity: bigint;
      readonly of: bigint;
      readonly whole: Money;
    }
  | { readonly type: "correction"; readonly month: string; readonly source: string };

export interface Cell {
  readonly value: string;
  readonly layer: string;
  readonly amount: Money;
  readonly origin: Origin;
}

export interface Allocation {
  readonly month: string;
  readonly rules: AllocationRules;
  readonly bills: readonly PooledBill[];
  readonly lines: readonly AllocatedLine[];
  readonly sources: readonly Source[];
  /** The same money, told by each view: the cells of each add up to the same, to the nano. */
  readonly cells: Readonly<Record<View, readonly Cell[]>>;
  /** Of the same moment as the cells; months that were closed before calls were kept with them have none. */
  readonly calls?: readonly TeamCalls[];
}

/** A second's work and some 200 MB. The office answers nothing else meanwhile. */
const LINES_MAX = 1_000_000;

/** More lines than one month may have: so many bills to so many places. */
export interface TooManyLines {
  readonly type: "too-many-lines";
  readonly bills: number;
  readonly places: number;
}

export function deriveAllocation(
  facts: MonthFacts,
  rules: AllocationRules,
): Result<Allocation, AllocationProblem | TooManyLines> {
  const places = Math.max(1, ...[...facts.quantities.values()].map(({ length }) => length));
  if (facts.bills.length * places > LINES_MAX)
    return err({ type: "too-many-lines", bills: facts.bills.length, places });
  const lines = allocate({
    bills: facts.bills,
    rules: rules.rules,
    quantities: ({ name, by }) => {
      const dimension = by.type === "measured" ? by.to : "feature";
      return (facts.quantities.get(name) ?? []).map(({ value, quantity }) => ({
        to: { type: "end", dimension, value },
        quantity,
      }));
    },
  });
  if (!lines.ok) return lines;
  const layers = new Map(facts.bills.map(({ id, facts: of }) => [id, of["layer"] ?? NONE]));
  const tell = (view: View): readonly Cell[] => [
    ...facts.direct[view].map((cost): Cell => ({ ...cost, origin: { type: "direct" } })),
    ...cellsOf(lines.value, { view, layers, facts, rules }),
  ];
  const cells = { feature: tell("feature"), team: tell("team"), customer: tell("customer") };
  const billed = totalOf(facts.bills);
  for (const view of views)
    assert(totalOf(cells[view]) === billed + totalOf(facts.direct[view]), "a view tells all money, to the nano");
  const { month, bills, sources, calls } = facts;
  return ok({ month, rules, bills, sources, lines: lines.value, cells, calls });
}

export function totalOf(of: readonly { readonly amount: Money }[]): bigint {
  return of.reduce((sum, { amount }) => sum + amount, 0n);
}

interface Telling {
  readonly view: View;
  readonly layers: ReadonlyMap<string, string>;
  readonly facts: MonthFacts;
  readonly rules: AllocationRules;
}

/** Lines that end at the view as they are; what ends at another is told by the view, layer by layer. */
function cellsOf(lines: readonly AllocatedLine[], telling: Telling): readonly Cell[] {
  const cells: Cell[] = [];
  const others = new Map<string, { readonly end: End; readonly layer: string; sum: bigint }>();
  for (const [index, line] of lines.entries()) {
    const layer = telling.layers.get(line.bill) ?? NONE;
    const end = endOf(line);
    if (end === undefined || end.dimension === telling.view) {
      const origin = { type: "bill", bill: line.bill, line: index } as const;
      cells.push({ value: end?.value ?? UNALLOCATED, layer, amount: line.amount, origin });
      continue;
    }
    const key = JSON.stringify([end.dimension, end.value, layer]);
    const found = others.get(key) ?? { end, layer, sum: 0n };
    found.sum += line.amount;
    others.set(key, found);
  }
  for (const { end, layer, sum } of others.values())
    cells.push(...carry({ by: end.dimension, value: end.value, layer, whole: money(sum) }, telling));
  return cells;
}

type End = Extract<Place, { readonly type: "end" }>;

function endOf({ steps, unallocated }: AllocatedLine): End | undefined {
  const last = steps.at(-1)?.to;
  return unallocated === undefined && last?.type === "end" ? last : undefined;
}

interface Whole {
  readonly by: string;
  readonly value: string;
  readonly layer: string;
  readonly whole: Money;
}

/** Where nothing was used that would tell, nobody is named. */
function carry({ by, value, layer, whole }: Whole, { view, facts, rules }: Telling): readonly Cell[] {
  const from = views.find((name) => name === by);
  assert(from !== undefined, "places end at a feature, team or customer");
  const found = carryRulesOf(rules, from, view).map(({ name }) => {
    const told = facts.carried.get(carryKey(name, from, view)) ?? [];
    return { rule: name, told: told.filter((each) => each.from === value && each.quantity > 0n) };
  });
  const { rule = "", told = [] } = found.find((each) => each.told.length > 0) ?? found[0] ?? {};
  const origin = { type: "carried", by, value, rule, whole } as const;
  const of = told.reduce((sum, { quantity }) => sum + quantity, 0n);
  if (of === 0n) return [{ value: NONE, layer, amount: whole, origin: { ...origin, quantity: 1n, of: 1n } }];
  const parts = shareOut(
    whole,
    told.map(({ quantity }) => quantity),
  );
  return told.flatMap(({ to, quantity }, index) => {
    const amount = money(parts[index] ?? 0n);
    return amount === 0n ? [] : [{ value: to, layer, amount, origin: { ...origin, quantity, of } }];
  });
}

/** Which pairs of views an allocation by these rules has to know, since something may end at the first. */
export function carriesNeeded({ rules }: AllocationRules): readonly (readonly [View, View])[] {
  const ends = new Set(
    rules.flatMap(({ by }) => {
      if (by.type === "measured") return [by.to];
      const places = by.type === "even" ? by.to : by.shares.map(({ to }) => to);
      return places.flatMap((place) => (place.type === "end" ? [place.dimension] : []));
    }),
  );
  return views.flatMap((from) =>
    ends.has(from) ? views.flatMap((to) => (to === from ? [] : [[from, to] as const])) : [],
  );
}
