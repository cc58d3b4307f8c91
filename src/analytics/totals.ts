import { type SqlRow, type SqlSource } from "#ledger";
import { type Instant, instant } from "#units";
import { QUARTER_MS } from "./dimension.ts";
import { count, maybeNumber, nanos } from "./read-row.ts";
import { partRange, type Range } from "./slice.ts";

/** Over everything that was ever booked. */
export interface Totals {
  readonly gross_nanos: string;
  /** Of gross. */
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly avoided_nanos: string;
  readonly unpriced: number;
  /** Of attempts, where there are any: bills are of whole months. */
  readonly firstAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
}

/** What a date can say. */
const EVER: Range = { from: -8.64e15, to: 8.64e15 };
const COLUMNS = "nanos, estimated_nanos, in_doubt_nanos, avoided_nanos, unpriced";

/**
 * From sums where they are made: every page waits for these, and adding ten million entries up takes 80 ms of a core that the
 * page's own question would have.
 */
export async function askTotals(source: SqlSource): Promise<Totals> {
  // Before the rows are read: the entries say what is booked meanwhile.
  const [sums] = source.sums();
  const { summed, rest } = sums === undefined ? { summed: [], rest: [EVER] } : partRange(EVER, sums);
  const table = sums?.table ?? "entry_rows";
  const added = [
    ...summed.map((range) => `SELECT ${COLUMNS} FROM ${table} WHERE ${quartersSql(range)}`),
    ...rest.map((range) => `SELECT ${COLUMNS} FROM entry_rows WHERE ${instantsSql(range)}`),
  ];
  const quarters = summed.map(
    (range) => `SELECT min(quarter) AS quarter FROM ${table} WHERE attempts > 0 AND ${quartersSql(range)}`,
  );
  const firsts = [
    ...rest.map(instantsSql),
    ...(quarters.length === 0 ? [] : [`quarter = (SELECT min(quarter) FROM (${quarters.join(" UNION ALL ")}))`]),
  ].map((where) => `SELECT min(incurred_at) AS first FROM entry_rows WHERE attempts > 0 AND ${where}`);
  const [row = {}] = await source.query(
    `SELECT coalesce(sum(nanos), 0)::HUGEINT AS gross_nanos, coalesce(sum(estimated_nanos), 0)::HUGEINT AS estimated_nanos,
       coalesce(sum(in_doubt_nanos), 0)::HUGEINT AS in_doubt_nanos,
       coalesce(sum(avoided_nanos), 0)::HUGEINT AS avoided_nanos, coalesce(sum(unpriced), 0)::BIGINT AS unpriced,
       coalesce((SELECT min(first) FROM (${firsts.join(" UNION ALL ")})), (SELECT min(incurred_at) FROM entry_rows)) AS first_at,
       (SELECT max(incurred_at) FROM entry_rows) AS last_at
     FROM (${added.join(" UNION ALL ")})`,
    [],
  );
  return {
    gross_nanos: nanos(row, "gross_nanos"),
    estimated_nanos: nanos(row, "estimated_nanos"),
    in_doubt_nanos: nanos(row, "in_doubt_nanos"),
    avoided_nanos: nanos(row, "avoided_nanos"),
    unpriced: count(row, "unpriced"),
    firstAt: instantIn(row, "first_at"),
    lastAt: instantIn(row, "last_at"),
  };
}

/** The ends of sums are ends of quarter hours. */
function quartersSql({ from, to }: Range): string {
  return `quarter >= ${from / QUARTER_MS} AND quarter < ${to / QUARTER_MS}`;
}

function instantsSql({ from, to }: Range): string {
  return `incurred_at >= ${from} AND incurred_at < ${to}`;
}

function instantIn(row: SqlRow, name: string): Instant | undefined {
  const at = maybeNumber(row, name);
  return at === undefined ? undefined : instant(at);
}
