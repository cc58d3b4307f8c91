import { type SqlRow, type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { type CursorKey, decodeCursor, encodeCursor } from "./cursor.ts";
import { type Dimension, isRolled } from "./dimension.ts";
import { type QuestionProblem, type SpendQuestion } from "./question.ts";
import { count, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { dimensionsOf, keysSql, labelsSql, openSlice, type Range, type Slice } from "./slice.ts";
import { wholeQuarters, whereSql } from "./slice.ts";

export interface SpendMoney {
  readonly gross_nanos: string;
  readonly net_nanos: string;
  readonly tare_nanos: string;
  readonly avoided_nanos: string;
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly calls: number;
  readonly attempts: number;
  readonly refused: number;
  readonly unpriced: number;
  readonly tokens_in: number;
  readonly tokens_out: number;
}

export interface SpendRow extends SpendMoney {
  dimensions: Record<string, string>;
}

export interface SpendPage {
  rows: SpendRow[];
  readonly total: SpendMoney;
  readonly cursor: string | undefined;
}

const LIMIT = 1000;

interface Measure {
  readonly name: string;
  /** Over all entries, as if each were plain: few columns, and no filter that would take vectors apart. */
  readonly entries: string;
  /** What entries that are not plain add to that, or take away. */
  readonly open: string;
  readonly refusals: string;
  /** Over sums of entries by quarter hour. */
  readonly rolled: string;
}

/** One aggregate for each measure, with the SQL over each kind of row that feeds it. */
const measures: readonly Measure[] = [
  { name: "gross_nanos", entries: "sum(nanos)", open: "0", refusals: "0", rolled: "sum(nanos)" },
  { name: "net_nanos", entries: "sum(net_nanos)", open: "0", refusals: "0", rolled: "sum(net_nanos)" },
  { name: "avoided_nanos", entries: "0", open: "sum(avoided_nanos)", refusals: "0", rolled: "sum(avoided_nanos)" },
  {
    name: "estimated_nanos",
    entries: "0",
    open: "sum(estimated_nanos)",
    refusals: "0",
    rolled: "sum(estimated_nanos)",
  },
  { name: "in_doubt_nanos", entries: "0", open: "sum(in_doubt_nanos)", refusals: "0", rolled: "sum(in_doubt_nanos)" },
  { name: "calls", entries: "count(*)", open: "sum(calls) - count(*)", refusals: "0", rolled: "sum(calls)" },
  { name: "attempts", entries: "count(*)", open: "sum(attempts) - count(*)", refusals: "0", rolled: "sum(attempts)" },
  { name: "refused", entries: "0", open: "0", refusals: "count(*)", rolled: "0" },
  { name: "unpriced", entries: "0", open: "sum(unpriced)", refusals: "0", rolled: "sum(unpriced)" },
  { name: "tokens_in", entries: "sum(tokens_in)", open: "0", refusals: "0", rolled: "sum(tokens_in)" },
  { name: "tokens_out", entries: "sum(tokens_out)", open: "0", refusals: "0", rolled: "sum(tokens_out)" },
];

/** Money by any dimensions: over time in its order, else the dearest first. */
export async function askSpend(
  source: SqlSource,
  question: SpendQuestion,
): Promise<Result<SpendPage, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const { dimensions, zone } = slice.value;
  const { cursor, limit = LIMIT, ...asked } = question;
  const isTimed = dimensions.some(({ type }) => type === "time");
  const shape = [...(isTimed ? [] : [""]), ...dimensions.map(({ type }) => (type === "time" ? 0 : ""))];
  const after = decodeCursor(asked, cursor, shape);
  if (!after.ok) return after;
  const parameters = new Parameters();
  const place = await placeOf(source, after.value, { dimensions, isTimed, parameters });
  const sql = spendSql(slice.value, { parameters, place, isTimed, limit });
  if (!sql.ok) return sql;
  const found = await source.query(sql.value, parameters.values);
  const rows = found.filter((row) => row["place"] !== null).slice(0, limit);
  const last = rows.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return ok({
    rows: rows.map((row) => ({ dimensions: dimensionsOf(row, dimensions, zone), ...moneyOf(row, "") })),
    total: moneyOf(found[0] ?? {}, "total_"),
    cursor: isMore ? encodeCursor(asked, keyOf(last, dimensions, isTimed)) : undefined,
  });
}

function spendSql(
  slice: Slice,
  page: {
    readonly parameters: Parameters;
    readonly place: readonly string[] | undefined;
    readonly isTimed: boolean;
    readonly limit: number;
  },
): Result<string, QuestionProblem> {
  const { parameters, place, isTimed, limit } = page;
  const parts: string[] = [];
  for (const { rows, range } of partsOf(slice)) {
    const part = groupSql({ ...slice, ...range }, rows, parameters);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const names = slice.dimensions.map((_, index) => `d${index}`);
  const labels = labelsSql(slice, parameters);
  const sums = measures.map(({ name }) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`);
  const totals = measures.map(({ name }) => `coalesce(sum(${name}), 0)::HUGEINT AS total_${name}`);
  const order = isTimed ? names : ["-gross_nanos", ...names];
  const group = names.length === 0 ? "" : `GROUP BY ${names.join(", ")}`;
  return ok(`
    WITH parts AS (${parts.join(" UNION ALL ")}),
    grouped AS MATERIALIZED (SELECT ${[...labels, ...sums].join(", ")} FROM parts ${group}),
    total AS (SELECT ${totals.join(", ")} FROM grouped),
    page AS (
      SELECT *, 1 AS place FROM grouped
      ${place === undefined ? "" : `WHERE ${afterSql(order, place)}`}
      ORDER BY ${order.join(", ") || "gross_nanos"} LIMIT ${parameters.add(limit + 1)}
    )
    SELECT * FROM total LEFT JOIN page ON true ORDER BY ${order.join(", ") || "gross_nanos"}`);
}

/** What the page before ended with, as SQL for each column of the order. Words have an order of their own: that of their codes. */
async function placeOf(
  source: SqlSource,
  after: CursorKey | undefined,
  {
    dimensions,
    isTimed,
    parameters,
  }: { readonly dimensions: readonly Dimension[]; readonly isTimed: boolean; readonly parameters: Parameters },
): Promise<readonly string[] | undefined> {
  if (after === undefined) return undefined;
  const codes = await source.codesOf(after.map(String));
  const [gross, values] = isTimed ? [[], after] : [after.slice(0, 1), after.slice(1)];
  return [
    ...gross.map((value) => `-(${parameters.add(value)}::HUGEINT)`),
    ...values.map((value, index) =>
      dimensions[index]?.type === "value" ? `${codes.get(String(value)) ?? 0}` : parameters.add(value),
    ),
  ];
}

/** The keyset, part by part: DuckDB would compare a row value as a struct, with other rules for absent values. */
function afterSql(order: readonly string[], place: readonly string[]): string {
  const parts = order.map((column, index) => {
    const equal = order.slice(0, index).map((before, at) => `${before} = ${place[at] ?? ""}`);
    return `(${[...equal, `${column} > ${place[index] ?? ""}`].join(" AND ")})`;
  });
  return `(${parts.join(" OR ")})`;
}

type Rows = "entries" | "open" | "refusals" | "rolled";

interface Part {
  readonly rows: Rows;
  readonly range: Range;
}

/** What adds up to the answer: where sums by quarter hour say enough, they and the entries of the quarters cut by the range. */
function partsOf(slice: Slice): readonly Part[] {
  const { from, to } = slice;
  const quarters = isRolled(slice.dimensions, slice) ? wholeQuarters({ from, to }) : undefined;
  const refusals: Part = { rows: "refusals", range: { from, to } };
  if (quarters === undefined) return [...entriesIn({ from, to }), refusals];
  return [{ rows: "rolled", range: quarters.whole }, ...quarters.edges.flatMap(entriesIn), refusals];
}

function entriesIn(range: Range): readonly Part[] {
  return [
    { rows: "entries", range },
    { rows: "open", range },
  ];
}

const tableOf = {
  entries: "entry_rows",
  open: "entry_rows",
  refusals: "refusal_rows",
  rolled: "rolled_rows",
} as const;

/** Partial sums by the cheap keys. */
function groupSql(slice: Slice, rows: Rows, parameters: Parameters): Result<string, QuestionProblem> {
  const table = tableOf[rows];
  const keys = keysSql(slice, table, parameters);
  const where = whereSql(slice, table, parameters);
  if (!where.ok) return where;
  const which = rows === "open" ? "AND NOT is_plain" : "";
  const sums = measures.map((measure) => `${measure[rows]} AS ${measure.name}`);
  const group = keys.length === 0 ? "" : `GROUP BY ${keys.map((_, index) => `k${index}`).join(", ")}`;
  return ok(`SELECT ${[...keys, ...sums].join(", ")} FROM ${table} WHERE ${where.value} ${which} ${group}`);
}

function keyOf(row: SqlRow, dimensions: readonly Dimension[], isTimed: boolean): CursorKey {
  const key = dimensions.map(({ type }, index) => (type === "time" ? count(row, `d${index}`) : text(row, `d${index}`)));
  return isTimed ? key : [nanos(row, "gross_nanos"), ...key];
}

function moneyOf(row: SqlRow, prefix: string): SpendMoney {
  const money = (name: string) => BigInt(nanos(row, `${prefix}${name}_nanos`));
  const number = (name: string) => count(row, `${prefix}${name}`);
  return {
    gross_nanos: money("gross").toString(),
    net_nanos: money("net").toString(),
    tare_nanos: (money("gross") - money("net")).toString(),
    avoided_nanos: money("avoided").toString(),
    estimated_nanos: money("estimated").toString(),
    in_doubt_nanos: money("in_doubt").toString(),
    calls: number("calls"),
    attempts: number("attempts"),
    refused: number("refused"),
    unpriced: number("unpriced"),
    tokens_in: number("tokens_in"),
    tokens_out: number("tokens_out"),
  };
}
