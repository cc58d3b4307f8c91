/** Unit costs of everything in a range: of whole days that are over, the ledger knows who was seen, and what it all came to. */
import { type SqlSource } from "#ledger";
import { QUARTER_MS, type Sums } from "./dimension.ts";
import { partRange, type Range } from "./slice.ts";

type Seen = ReturnType<SqlSource["seen"]>;
type SeenKind = Seen["kinds"][number];

/** What these columns add up to. Undefined where no sums are of the range. */
export function summedParts(
  range: Range,
  sums: Sums | undefined,
  columns: readonly string[],
): readonly string[] | undefined {
  if (sums === undefined) return undefined;
  const { summed, rest } = partRange(range, sums);
  if (summed.length === 0) return undefined;
  const added = columns.map((name) => `sum(${name}) AS ${name}`).join(", ");
  return [
    ...summed.map((each) => `SELECT ${added} FROM ${sums.table} WHERE ${quartersSql([each])}`),
    ...rest.map((each) => `SELECT ${added} FROM entry_rows WHERE ${instantsSql(each)}`),
  ];
}

/** How many different ones of each kind there are. Undefined where no day of the range is closed. */
export function differentParts(range: Range, seen: Seen): readonly string[] | undefined {
  const { summed, rest } = partRange(range, seen);
  const [first, last] = [summed[0], summed.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const days = { from: first.from, to: last.to };
  const between = rest.filter(({ from, to }) => from >= days.from && to <= days.to);
  return seen.kinds.map((kind) => differentPart(kind, { days, closed: summed, between, rest }));
}

interface SeenRanges {
  /** From the first day that is closed to the last. */
  readonly days: Range;
  readonly closed: readonly Range[];
  /** Among them, and not closed. */
  readonly between: readonly Range[];
  /** Of which entries are read. */
  readonly rest: readonly Range[];
}

/**
 * Whoever was seen on these days, by the first of them: no day before it is one of these. That counts what days that are
 * open had when they were closed last; so what entries have and those days had not is added, and what those days had and
 * entries have not is taken away, unless a closed day has it too.
 */
function differentPart({ kind, table, id, where }: SeenKind, { days, closed, between, rest }: SeenRanges): string {
  const from = days.from / QUARTER_MS;
  const rows = [
    ...rest.map(
      (each) => `SELECT ${id} AS id, stands, 0 AS was FROM entry_rows WHERE ${instantsSql(each)} AND ${where}`,
    ),
    ...between.map((each) => `SELECT id, 0, 1 FROM ${table} WHERE ${quartersSql([each])}`),
  ];
  const counted = `SELECT sum(ids) FROM seen_counts WHERE kind = '${kind}' AND ${quartersSql([days])} AND previous < ${from}`;
  if (rows.length === 0) return `SELECT (${counted}) AS ${kind}`;
  const changed = `SELECT id, (sum(stands) > 0)::INTEGER - max(was) AS change FROM (${rows.join(" UNION ALL ")}) GROUP BY id HAVING change <> 0`;
  // Out of lists, DuckDB takes the changed for few and makes its hash table of them: of all that was seen it takes five times as long.
  const listed = `SELECT unnest(list(id)) AS id, unnest(list(change)) AS change FROM (${changed})`;
  const moved = `SELECT sum(change) FROM (${listed}) ANTI JOIN (SELECT id FROM ${table} WHERE ${quartersSql(closed)}) USING (id)`;
  return `SELECT coalesce((${counted}), 0) + coalesce((${moved}), 0) AS ${kind}`;
}

/** The ends of closed days and of sums are ends of quarter hours. */
function quartersSql(ranges: readonly Range[]): string {
  const each = ranges.map(({ from, to }) => `(quarter >= ${from / QUARTER_MS} AND quarter < ${to / QUARTER_MS})`);
  return `(${each.join(" OR ")})`;
}

function instantsSql({ from, to }: Range): string {
  return `incurred_at >= ${from} AND incurred_at < ${to}`;
}
