import { type SqlSource } from "#ledger";
import { assert } from "#std";
import { type Instant, type Money, money } from "#units";
import { type EntryComponent, type EntryRow, toEntry } from "./entries.ts";
import { count, nanos } from "./read-row.ts";

/** An attempt with everything that was booked of it since: what stands. */
export interface StandingEntry {
  /** As it was settled first. */
  readonly entry: EntryRow;
  /** With corrections taken in; undefined where nothing was ever measured. */
  readonly usage: Readonly<Record<string, number>> | undefined;
  /** What is left of all components, those that were taken back taken out. */
  readonly components: readonly EntryComponent[];
  readonly nanos: Money;
  readonly estimated: Money;
  /** More than 0 while nobody knows its cost. */
  readonly unpriced: number;
  readonly inDoubt: Money;
  /** How many times its price was changed. */
  readonly adjustments: number;
}

/**
 * Attempts that were incurred in the range, half-open, a quarter of an hour at a time: everything that is booked of one has
 * its instant, so nothing of it is in another. Steps, bills and answers that were kept are not priced anew.
 */
export async function* askStandingEntries(
  source: SqlSource,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): AsyncGenerator<readonly StandingEntry[]> {
  const codes = await source.codesOf(["cache"]);
  const range = `incurred_at >= $1 AND incurred_at < $2 AND number >= 1 AND kind <> ${codes.get("cache") ?? 0}`;
  const values = [BigInt(from), BigInt(to)];
  const quarters = await source.query(
    `SELECT DISTINCT quarter FROM entry_rows WHERE ${range} ORDER BY quarter`,
    values,
  );
  for (const row of quarters) {
    const rows = await source.query(
      `SELECT * FROM entry_rows WHERE ${range} AND quarter = $3 ORDER BY incurred_at, attempt, attempts DESC`,
      [...values, BigInt(count(row, "quarter"))],
    );
    const booked = rows.map((each) => ({
      entry: toEntry(each),
      estimated: BigInt(nanos(each, "estimated_nanos")),
      unpriced: count(each, "unpriced"),
    }));
    yield [...Map.groupBy(booked, ({ entry }) => baseOf(entry.attempt)).values()].flatMap(standing);
  }
}

interface Booked {
  readonly entry: EntryRow;
  readonly estimated: bigint;
  readonly unpriced: number;
}

/** Adjustments have the attempt's id and their number behind it. */
function baseOf(attempt: string): string {
  return attempt.split("@")[0] ?? attempt;
}

function standing(booked: readonly Booked[]): readonly StandingEntry[] {
  const first = booked.find(({ entry }) => entry.state !== "correction");
  if (first === undefined) return [];
  const entries = booked.map(({ entry }) => entry);
  const sum = (of: (each: Booked) => bigint) => money(booked.reduce((total, each) => total + of(each), 0n));
  return [
    {
      entry: first.entry,
      usage: usageOf(entries),
      components: leftOf(entries.flatMap(({ components }) => components)),
      nanos: sum(({ entry }) => BigInt(entry.nanos ?? 0)),
      estimated: sum(({ estimated }) => estimated),
      unpriced: booked.reduce((total, { unpriced }) => total + unpriced, 0),
      inDoubt: sum(({ entry }) => BigInt(entry.in_doubt_nanos)),
      adjustments: new Set(entries.map(({ attempt }) => attempt).filter((attempt) => attempt.includes("@"))).size,
    },
  ];
}

function usageOf(entries: readonly EntryRow[]): Readonly<Record<string, number>> | undefined {
  const measured = entries.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  if (measured.length === 0) return undefined;
  const sums = new Map<string, number>();
  for (const usage of measured)
    for (const [name, quantity] of Object.entries(usage)) sums.set(name, (sums.get(name) ?? 0) + quantity);
  return Object.fromEntries(sums);
}

function leftOf(components: readonly EntryComponent[]): readonly EntryComponent[] {
  const groups = Map.groupBy(components, ({ class: name, rate, row }) => JSON.stringify([name, rate, row]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    assert(first !== undefined, "a group has a first");
    const quantity = group.reduce((total, each) => total + each.quantity, 0);
    const left = group.reduce((total, each) => total + BigInt(each.nanos), 0n);
    return quantity === 0 && left === 0n ? [] : [{ ...first, quantity, nanos: left.toString() }];
  });
}
