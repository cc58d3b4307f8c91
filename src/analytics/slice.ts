import { type SqlRow, type SqlSource } from "#ledger";
import { err, ok, type Result } from "#std";
import {
  codedWords,
  type Dimension,
  filterSql,
  instantColumn,
  labelKey,
  parseDimensions,
  QUARTER_MS,
  rowKey,
  type Sums,
  type Table,
} from "./dimension.ts";
import { type Filter, type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, maybeNumber, text } from "./read-row.ts";
import { type Parameters } from "./sql-text.ts";
import { TimeZone, type ZoneStretch } from "./time-zone.ts";

/** A question with everything looked up that SQL is made of. */
export interface Slice {
  readonly dimensions: readonly Dimension[];
  readonly zone: TimeZone;
  readonly stretches: readonly ZoneStretch[];
  readonly from: number;
  readonly to: number;
  readonly filter: Filter;
  /** Of the words that are filtered by. */
  readonly codes: ReadonlyMap<string, number>;
}

export async function openSlice(
  source: SqlSource,
  { by, from, to, tz, filter }: LatencyQuestion,
): Promise<Result<Slice, QuestionProblem>> {
  const dimensions = parseDimensions(by, "by");
  if (!dimensions.ok) return dimensions;
  const zone = TimeZone.open(tz);
  if (!zone.ok) return zone;
  const range = { from: Date.parse(from), to: Date.parse(to) };
  for (const field of ["from", "to"] as const)
    if (Number.isNaN(range[field])) return err({ type: "bad-question", field, detail: "Not an RFC 3339 instant." });
  const booked = await bookedRange(source, range);
  const stretches = zone.value.stretches(booked.from, booked.to);
  const codes = await source.codesOf(codedWords(filter));
  return ok({ dimensions: dimensions.value, zone: zone.value, stretches, ...range, filter, codes });
}

/** Half open, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const YEAR_MS = 366 * 86_400_000;
/** Rows may be booked between this question and the next. */
const AHEAD_MS = 86_400_000;

/** Where in a long range there are rows at all: `since 1970` must not test every row against a century of clock changes. */
async function bookedRange(source: SqlSource, range: Range): Promise<Range> {
  if (range.to - range.from <= YEAR_MS) return range;
  const [row = {}] = await source.query(
    `SELECT least((SELECT min(incurred_at) FROM entry_rows), (SELECT min(refused_at) FROM refusal_rows)) AS first,
       greatest((SELECT max(incurred_at) FROM entry_rows), (SELECT max(refused_at) FROM refusal_rows)) AS last`,
    [],
  );
  const [first, last] = [maybeNumber(row, "first"), maybeNumber(row, "last")];
  if (first === undefined || last === undefined) return { from: range.from, to: range.from };
  return { from: Math.max(range.from, first), to: Math.min(range.to, last + AHEAD_MS) };
}

/** `… AS k0, … AS k1`: what rows are grouped by. */
export function keysSql({ dimensions, stretches }: Slice, table: Table, parameters: Parameters): readonly string[] {
  return dimensions.map((dimension, index) => `${rowKey(dimension, table, { stretches, parameters })} AS k${index}`);
}

/** `… AS d0, … AS d1`: what answers are grouped by, made of the keys. A code leaves the store as its word. */
export function labelsSql({ dimensions }: Slice, parameters: Parameters): readonly string[] {
  return dimensions.map((dimension, index) => `${labelKey(dimension, `k${index}`, parameters)} AS d${index}`);
}

/** Of sums those of the quarter hours that begin in the range. */
export function whereSql(
  { from, to, filter, zone, codes }: Omit<Slice, "dimensions" | "stretches">,
  table: Table,
  parameters: Parameters,
): Result<string, QuestionProblem> {
  const parts = filterSql(filter, { table, zone, parameters, codes });
  if (!parts.ok) return parts;
  return ok([rangeSql({ from, to }, table, parameters), ...parts.value].join(" AND "));
}

function rangeSql({ from, to }: Range, table: Table, parameters: Parameters): string {
  const at = table === "sums" ? "quarter" : instantColumn(table);
  const [first, end] = table === "sums" ? [Math.ceil(from / QUARTER_MS), Math.ceil(to / QUARTER_MS)] : [from, to];
  return `${at} >= ${parameters.add(first)} AND ${at} < ${parameters.add(end)}`;
}

/** More would take longer to plan than they save. */
const SUMMED_MAX = 8;

/** A range as what the sums say, and what is left to the entries: the rows that it cuts, and what is not summed yet. */
export function partRange(
  { from, to }: Range,
  { grain, open }: Pick<Sums, "grain" | "open">,
): { readonly summed: readonly Range[]; readonly rest: readonly Range[] } {
  const unit = grain * QUARTER_MS;
  const whole = { from: Math.ceil(from / unit) * unit, to: Math.floor(to / unit) * unit };
  const between = without(
    whole,
    open.map((each) => ({ from: each.from * QUARTER_MS, to: each.to * QUARTER_MS })),
  );
  const longest = between.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, SUMMED_MAX);
  const summed = longest.toSorted((a, b) => a.from - b.from);
  return { summed, rest: without({ from, to }, summed) };
}

/** What is left of a range when others, in their order, are taken out. */
function without({ from, to }: Range, taken: readonly Range[]): readonly Range[] {
  const starts = [from, ...taken.map((each) => Math.max(from, each.to))];
  const ends = [...taken.map((each) => Math.min(to, each.from)), to];
  const left = starts.map((start, index) => ({ from: start, to: ends[index] ?? to }));
  return left.filter((each) => each.from < each.to);
}

/** Rows whose `d0`, `d1` … are keys, with their labels. */
export function dimensionsOf(row: SqlRow, dimensions: readonly Dimension[], zone: TimeZone): Record<string, string> {
  return Object.fromEntries(
    dimensions.map((dimension, index) => [
      dimension.name,
      dimension.type === "time" ? zone.label(dimension.name, count(row, `d${index}`)) : text(row, `d${index}`),
    ]),
  );
}
