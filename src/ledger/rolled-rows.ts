/**
 * Sums of entries by quarter hour and a few words, kept in step with them in each transaction: what a page asks first, spend
 * over months by model or layer, reads them in place of fifty times as many rows. Sums of sums are sums, so that several
 * rows may be of one quarter and the same words; a checkpoint makes one of them.
 */
import { BIGINT, type DuckDBConnection } from "@duckdb/node-api";
import { attemptsOf, type Column, nanosOf, netNanosOf, quarterOf, tokensIn, tokensOut } from "./entry-columns.ts";
import { type Entry } from "./entry.ts";
import { layerOf } from "./layer.ts";

const words: readonly Of<string>[] = [
  { name: "model", of: (entry) => entry.model },
  { name: "provider", of: (entry) => entry.provider },
  { name: "kind", of: (entry) => entry.kind },
  { name: "layer", of: layerOf },
  { name: "purpose", of: (entry) => entry.purpose },
];
const sums: readonly Of<bigint | undefined>[] = [
  { name: "nanos", of: nanosOf },
  { name: "net_nanos", of: netNanosOf },
  { name: "avoided_nanos", of: (entry) => entry.avoided },
  { name: "estimated_nanos", of: (entry) => entry.estimated },
  { name: "in_doubt_nanos", of: (entry) => entry.inDoubt },
];
const counts: readonly Of<number | undefined>[] = [
  { name: "calls", of: (entry) => (entry.callEnd ? 1 : 0) },
  { name: "attempts", of: attemptsOf },
  { name: "unpriced", of: (entry) => entry.unpriced },
  { name: "tokens_in", of: ({ usage }) => tokensIn(usage) },
  { name: "tokens_out", of: ({ usage }) => tokensOut(usage) },
];

interface Of<Value> {
  readonly name: string;
  readonly of: (entry: Entry) => Value;
}

export interface RolledRow {
  readonly quarter: number;
  /** In the order of those above, as are sums and counts. */
  readonly words: readonly string[];
  readonly sums: bigint[];
  readonly counts: number[];
}

export const rolledColumns: readonly Column<RolledRow>[] = [
  { name: "quarter", kind: "small", of: (row) => row.quarter },
  ...words.map(({ name }, at): Column<RolledRow> => ({ name, kind: "word", of: (row) => row.words[at] })),
  ...sums.map(({ name }, at): Column<RolledRow> => ({ name, kind: "sum", of: (row) => row.sums[at] ?? 0n })),
  ...counts.map(({ name }, at): Column<RolledRow> => ({ name, kind: "whole", of: (row) => row.counts[at] })),
];

/** Sums of the entries of one batch. */
export class RollUp {
  readonly #rows = new Map<string, RolledRow>();
  /** Most entries are of the quarter and the words of one before them. */
  #latest: RolledRow | undefined;

  get rows(): Iterable<RolledRow> {
    return this.#rows.values();
  }

  /** Infinity when there is none. */
  get firstQuarter(): number {
    let first = Infinity;
    for (const { quarter } of this.#rows.values()) first = Math.min(first, quarter);
    return first;
  }

  add(entry: Entry): void {
    const row = this.#rowOf(entry);
    for (let at = 0; at < sums.length; at += 1) {
      const more = sums[at]?.of(entry) ?? 0n;
      if (more !== 0n) row.sums[at] = (row.sums[at] ?? 0n) + more;
    }
    for (let at = 0; at < counts.length; at += 1) row.counts[at] = (row.counts[at] ?? 0) + (counts[at]?.of(entry) ?? 0);
  }

  #rowOf(entry: Entry): RolledRow {
    const quarter = quarterOf(entry.incurredAt);
    const latest = this.#latest;
    if (latest !== undefined && latest.quarter === quarter && isOf(latest, entry)) return latest;
    // With their lengths, since a model may be called anything.
    let key = `${quarter}`;
    for (const { of } of words) {
      const word = of(entry);
      key += ` ${word.length} ${word}`;
    }
    const row = this.#rows.get(key) ?? {
      quarter,
      words: words.map(({ of }) => of(entry)),
      sums: sums.map(() => 0n),
      counts: counts.map(() => 0),
    };
    this.#rows.set(key, row);
    this.#latest = row;
    return row;
  }
}

function isOf(row: RolledRow, entry: Entry): boolean {
  for (let at = 0; at < words.length; at += 1) if (words[at]?.of(entry) !== row.words[at]) return false;
  return true;
}

const IN_RANGE = "WHERE quarter BETWEEN $1 AND $2";
const keys = ["quarter", ...words.map(({ name }) => `"${name}"`)].join(", ");

/** What rows add up to that have the columns of entries, or of sums of them. */
export function rolledSql(from: string): string {
  const ofSums = sums.map(({ name }) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`);
  const ofCounts = counts.map(({ name }) => `coalesce(sum(${name}), 0)::BIGINT AS ${name}`);
  return `SELECT ${[keys, ...ofSums, ...ofCounts].join(", ")} FROM ${from} GROUP BY ${keys}`;
}

/** Makes the sums of these quarters again of the entries that are left; in the caller's transaction. */
export async function rollUpAgain(
  connection: DuckDBConnection,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<void> {
  const range = [BigInt(first), BigInt(last)];
  const types = [BIGINT, BIGINT];
  await connection.run(`DELETE FROM rolled_rows ${IN_RANGE}`, range, types);
  await connection.run(`INSERT INTO rolled_rows ${rolledSql(`entry_rows ${IN_RANGE}`)}`, range, types);
}

/** One row for each quarter and words, from a quarter on; in a transaction of its own. */
export async function foldRolled(connection: DuckDBConnection, first: number): Promise<void> {
  const range = [BigInt(first), BigInt(QUARTER_MAX)];
  const types = [BIGINT, BIGINT];
  await connection.run(`CREATE OR REPLACE TEMP TABLE folded AS ${rolledSql(`rolled_rows ${IN_RANGE}`)}`, range, types);
  await connection.run("BEGIN TRANSACTION");
  await connection.run(`DELETE FROM rolled_rows ${IN_RANGE}`, range, types);
  await connection.run("INSERT INTO rolled_rows FROM folded");
  await connection.run("COMMIT");
  await connection.run("DROP TABLE folded");
}

/** The last that its column can hold. */
const QUARTER_MAX = 2_147_483_647;
