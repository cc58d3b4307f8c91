import { type SqlRow, type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { type CursorKey, decodeCursor, encodeCursor } from "./cursor.ts";
import { type Dimension, isSaidBy, type Sums } from "./dimension.ts";
import { type QuestionProblem, type SpendQuestion } from "./question.ts";
import { count, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { tareRatio } from "./tare-ratio.ts";
import { dimensionsOf, keysSql, labelsSql, openSlice, type Range, type Slice } from "./slice.ts";
import { partRange, whereSql } from "./slice.ts";

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

/** With what is of the sums and adds up to nothing. */
export interface SpendSum extends SpendMoney {
  readonly tare_ratio: number | undefined;
}

export interface SpendRow extends SpendSum {
  dimensions: Record<string, string>;
}

export interface SpendPage {
  rows: SpendRow[];
  readonly total: SpendSum;
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
  /** Over sums of entries. */
  readonly sums: string;
}

/** One aggregate for each measure, with the SQL over each kind of row that feeds it. */
const measures: readonly Measure[] = [
  { name: "gross_nanos", entries: "sum(nanos)", open: "0", refusals: "0", sums: "sum(nanos)" },
  { name: "net_nanos", entries: "sum(net_nanos)", open: "0", refusals: "0", sums: "sum(net_nanos)" },
  { name: "avoided_nanos", entries: "0", open: "sum(avoided_nanos)", refusals: "0", sums: "sum(avoided_nanos)" },
  {
    name: "estimated_nanos",
    entries: "0",
    open: "sum(estimated_nanos)",
    refusals: "0",
    sums: "sum(estimated_nanos)",
  },
  { name: "in_doubt_nanos", entries: "0", open: "sum(in_doubt_nanos)", refusals: "0", sums: "sum(in_doubt_nanos)" },
  { name: "calls", entries: "count(*)", open: "sum(calls) - count(*)", refusals: "0", sums: "sum(calls)" },
  { name: "attempts", entries: "count(*)", open: "sum(attempts) - count(*)", refusals: "0", sums: "sum(attempts)" },
  { name: "refused", entries: "0", open: "0", refusals: "count(*)", sums: "0" },
  { name: "stands", entries: "count(*)", open: "sum(stands) - count(*)", refusals: "0", sums: "sum(stands)" },
  { name: "unpriced", entries: "0", open: "sum(unpriced)", refusals: "0", sums: "sum(unpriced)" },
  { name: "tokens_in", entries: "sum(tokens_in)", open: "0", refusals: "0", sums: "sum(tokens_in)" },
  { name: "tokens_out", entries: "sum(tokens_out)", open: "0", refusals: "0", sums: "sum(tokens_out)" },
];

/** Money by any dimensions: over time in its order, else the dearest first. */
export async function askSpend(
  source: SqlSource,
  question: SpendQuestion,
): Promise<Result<SpendPage, QuestionProblem>> {
  // Before the rows are read: the entries say what is booked meanwhile.
  const sums = source.sums();
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
  const sql = spendSql(slice.value, { parameters, place, isTimed, limit, sums });
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

interface PageOfSpend {
  readonly parameters: Parameters;
  readonly place: readonly string[] | undefined;
  readonly isTimed: boolean;
  readonly limit: number;
  readonly sums: readonly Sums[];
}

/** By what rows are ordered, and whether they are shown at all: nothing is told of what was taken back as a whole. */
const orderedBy: readonly string[] = ["gross_nanos", "stands", "refused"];
export const IS_THERE = "(sum(stands) > 0 OR sum(refused) > 0 OR sum(gross_nanos) <> 0)";

/** Of these there may be as many as calls: all that is measured would be added up for each, to show a few. */
const unbounded: ReadonlySet<string> = new Set(["user", "session", "customer"]);

function spendSql(slice: Slice, page: PageOfSpend): Result<string, QuestionProblem> {
  const [dimension] = slice.dimensions;
  const isOfMany = slice.dimensions.length === 1 && unbounded.has(dimension?.name ?? "");
  return isOfMany ? dearestSql(slice, page) : wholeSql(slice, page);
}

function wholeSql(slice: Slice, page: PageOfSpend): Result<string, QuestionProblem> {
  const parts = partsSql(slice, page, { measured: measures });
  if (!parts.ok) return parts;
  return ok(`
    WITH grouped AS MATERIALIZED (${groupedSql(slice, page, { measured: measures, parts: parts.value })}),
    total AS (${totalSql("grouped")}),
    page AS (SELECT *, 1 AS place FROM grouped ${onPageSql(slice, page)})
    SELECT * FROM total LEFT JOIN page ON true ORDER BY ${orderOf(slice, page).join(", ")}`);
}

/** First by what they are ordered by alone, then all that is measured of those on the page. */
function dearestSql(slice: Slice, page: PageOfSpend): Result<string, QuestionProblem> {
  const ordering = measures.filter(({ name }) => orderedBy.includes(name));
  const gross = orderingPartsSql(slice, page);
  if (!gross.ok) return gross;
  const found = partsSql(slice, page, { measured: measures, among: "dearest" });
  if (!found.ok) return found;
  const all = partsSql({ ...slice, dimensions: [] }, page, { measured: measures });
  if (!all.ok) return all;
  return ok(`
    WITH dearest AS MATERIALIZED (
      SELECT * FROM (${groupedSql(slice, page, { measured: ordering, parts: gross.value })}) ${onPageSql(slice, page)}
    ),
    total AS (${totalSql(`(${all.value})`)}),
    page AS (SELECT *, 1 AS place FROM (${groupedSql(slice, page, { measured: measures, parts: found.value })}))
    SELECT * FROM total LEFT JOIN page ON true ORDER BY ${orderOf(slice, page).join(", ")}`);
}

function orderOf({ dimensions }: Slice, { isTimed }: PageOfSpend): readonly string[] {
  const names = dimensions.map((_, index) => `d${index}`);
  return isTimed ? names : ["-gross_nanos", ...names];
}

function onPageSql(slice: Slice, page: PageOfSpend): string {
  const { place, limit, parameters } = page;
  const order = orderOf(slice, page);
  const after = place === undefined ? "" : `WHERE ${afterSql(order, place)}`;
  return `${after} ORDER BY ${order.join(", ")} LIMIT ${parameters.add(limit + 1)}`;
}

function groupedSql(
  slice: Slice,
  { parameters }: PageOfSpend,
  { measured, parts }: { readonly measured: readonly Measure[]; readonly parts: string },
): string {
  const names = slice.dimensions.map((_, index) => `d${index}`);
  const group = names.length === 0 ? "" : `GROUP BY ${names.join(", ")} HAVING ${IS_THERE}`;
  const columns = [...labelsSql(slice, parameters), ...measured.map(({ name }) => sumSql(name, name))];
  return `SELECT ${columns.join(", ")} FROM (${parts}) ${group}`;
}

function totalSql(from: string): string {
  return `SELECT ${measures.map(({ name }) => sumSql(name, `total_${name}`)).join(", ")} FROM ${from}`;
}

function sumSql(name: string, as: string): string {
  return `coalesce(sum(${name}), 0)::HUGEINT AS ${as}`;
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

interface Part {
  readonly rows: "entries" | "open" | "refusals" | "sums";
  readonly table: string;
  readonly range: Range;
}

/** What adds up to the answer: where sums say enough, they, and entries where the range cuts their rows or they are not made yet. */
function partsOf(slice: Slice, all: readonly Sums[]): readonly Part[] {
  const { from, to } = slice;
  const refusals: Part = { rows: "refusals", table: "refusal_rows", range: { from, to } };
  const sums = all.find((each) => isSaidBy(each, slice.dimensions, slice));
  if (sums === undefined) return [...entriesIn({ from, to }), refusals];
  const { summed, rest } = partRange({ from, to }, sums);
  const inSums = summed.map((range): Part => ({ rows: "sums", table: sums.table, range }));
  return [...inSums, ...rest.flatMap(entriesIn), refusals];
}

function entriesIn(range: Range): readonly Part[] {
  return [
    { rows: "entries", table: "entry_rows", range },
    { rows: "open", table: "entry_rows", range },
  ];
}

const kindOf = { entries: "entry_rows", open: "entry_rows", refusals: "refusal_rows", sums: "sums" } as const;

interface Wanted {
  readonly measured: readonly Measure[];
  /** Only of what this table has as its `d0`. */
  readonly among?: string;
}

/** Partial sums, by the cheap keys, of what groups are ordered by and of what says that they are there. */
export function orderingPartsSql(
  slice: Slice,
  page: Pick<PageOfSpend, "parameters" | "sums">,
): Result<string, QuestionProblem> {
  return partsSql(slice, page, { measured: measures.filter(({ name }) => orderedBy.includes(name)) });
}

/** Partial sums by the cheap keys. */
function partsSql(
  slice: Slice,
  { parameters, sums }: Pick<PageOfSpend, "parameters" | "sums">,
  { measured, among }: Wanted,
): Result<string, QuestionProblem> {
  const parts: string[] = [];
  for (const { rows, table, range } of partsOf(slice, sums)) {
    const keys = keysSql(slice, kindOf[rows], parameters);
    const where = whereSql({ ...slice, ...range }, kindOf[rows], parameters);
    if (!where.ok) return where;
    const which = rows === "open" ? " AND NOT is_plain" : "";
    const isAmong =
      among === undefined
        ? ""
        : ` AND ${slice.dimensions.map(({ name }) => `"${name}"`).join()} IN (SELECT d0 FROM ${among})`;
    const added = measured.map((measure) => `${measure[rows]} AS ${measure.name}`);
    const group = keys.length === 0 ? "" : `GROUP BY ${keys.map((_, index) => `k${index}`).join(", ")}`;
    parts.push(
      `SELECT ${[...keys, ...added].join(", ")} FROM ${table} WHERE ${where.value}${which}${isAmong} ${group}`,
    );
  }
  return ok(parts.join(" UNION ALL "));
}

function keyOf(row: SqlRow, dimensions: readonly Dimension[], isTimed: boolean): CursorKey {
  const key = dimensions.map(({ type }, index) => (type === "time" ? count(row, `d${index}`) : text(row, `d${index}`)));
  return isTimed ? key : [nanos(row, "gross_nanos"), ...key];
}

function moneyOf(row: SqlRow, prefix: string): SpendSum {
  const money = (name: string) => BigInt(nanos(row, `${prefix}${name}_nanos`));
  const number = (name: string) => count(row, `${prefix}${name}`);
  return {
    gross_nanos: money("gross").toString(),
    net_nanos: money("net").toString(),
    tare_nanos: (money("gross") - money("net")).toString(),
    tare_ratio: tareRatio(money("gross"), money("net")),
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
