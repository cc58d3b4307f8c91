import { type SqlRow, type SqlSource, wordCode } from "#ledger";
import { assert, ok, type Result } from "#std";
import { type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, maybeNumber, maybeText, text } from "./read-row.ts";
import { dimensionsOf, keysSql, labelsSql, openSlice, type Slice, whereSql } from "./slice.ts";
import { Parameters } from "./sql-text.ts";

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface LatencyRows {
  rows: {
    dimensions: Record<string, string>;
    readonly attempts: number;
    readonly duration_ms: Percentiles | undefined;
    readonly first_content_ms: Percentiles | undefined;
    readonly overhead_ms: Percentiles | undefined;
  }[];
  /** There are more rows than these. */
  readonly is_cut: boolean;
}

/** More groups than a page shows or a person reads. */
const GROUPS_MAX = 10_000;
/** The kind of entries of answers that were given again. */
const KEPT = "cache";
const measured = ["duration_ms", "first_content_ms", "overhead_ms"] as const;
const quantiles = measured.map((name) => `quantile_cont(${name}, [0.5, 0.95, 0.99]) AS ${name}`);

/** Percentiles over attempts that were delivered in full, interpolated between measured values. A kept answer is no attempt. */
export async function askLatency(
  source: SqlSource,
  question: LatencyQuestion,
  groupsMax = GROUPS_MAX,
): Promise<Result<LatencyRows, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const parameters = new Parameters();
  const where = whereSql(slice.value, "entry_rows", parameters);
  if (!where.ok) return where;
  const kept = (await source.codesOf([KEPT])).get(KEPT) ?? 0;
  const [labels, names] = [labelsSql(slice.value, parameters), namesOf(slice.value)];
  const group = names.length === 0 ? "" : `GROUP BY ${names.join(", ")} ORDER BY ${names.join(", ")}`;
  const found = await source.query(
    `WITH rows AS (
       SELECT ${[...keysSql(slice.value, "entry_rows", parameters), ...measured].join(", ")} FROM entry_rows
       WHERE ${where.value} AND delivered = ${wordCode("full")} AND attempts = 1 AND kind <> ${kept}
     )
     SELECT ${[...labels, "count(*) AS attempts", ...quantiles].join(", ")} FROM rows ${group} LIMIT ${groupsMax + 1}`,
    parameters.values,
  );
  const { dimensions, zone } = slice.value;
  const rows = found.slice(0, groupsMax).map((row) => ({
    dimensions: dimensionsOf(row, dimensions, zone),
    attempts: count(row, "attempts"),
    duration_ms: percentiles(row, "duration_ms"),
    first_content_ms: percentiles(row, "first_content_ms"),
    overhead_ms: percentiles(row, "overhead_ms"),
  }));
  return ok({ rows: rows.filter(({ attempts }) => attempts > 0), is_cut: found.length > groupsMax });
}

/** `d0`, `d1` …: to group and order by. */
function namesOf({ dimensions }: Slice): readonly string[] {
  return dimensions.map((_, index) => `d${index}`);
}

function percentiles(row: SqlRow, name: string): Percentiles | undefined {
  const values = row[name];
  if (values === null) return undefined;
  assert(Array.isArray(values), "quantiles are a list");
  const [p50, p95, p99] = values.map(Number);
  assert(p50 !== undefined && p95 !== undefined && p99 !== undefined, "three quantiles were asked for");
  return { p50, p95, p99 };
}

export type ErrorOrigin = "refused" | "failed" | "cut" | "cancelled" | "in_doubt";

export interface ErrorRows {
  rows: {
    dimensions: Record<string, string>;
    readonly origin: ErrorOrigin;
    readonly code: string;
    readonly status: number | undefined;
    readonly count: number;
  }[];
  /** There are more rows than these. */
  readonly is_cut: boolean;
}

const failures = ["failed", "cut", "cancelled", "in_doubt"] as const;
const origins = ["refused", ...failures] as const;

/** What went wrong, counted: our refusals by code, attempts by how they ended and by the code of what they met. */
export async function askErrors(
  source: SqlSource,
  question: LatencyQuestion,
  groupsMax = GROUPS_MAX,
): Promise<Result<ErrorRows, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const parameters = new Parameters();
  const entries = whereSql(slice.value, "entry_rows", parameters);
  if (!entries.ok) return entries;
  const refusals = whereSql(slice.value, "refusal_rows", parameters);
  if (!refusals.ok) return refusals;
  const ofEntries = ["state AS origin", "coalesce(error, state) AS code", "status"];
  const ofRefusals = ["NULL::UINTEGER AS origin", "code", "status"];
  const [labels, names] = [labelsSql(slice.value, parameters), namesOf(slice.value)];
  const group = [...names, "origin", "code", "status"].join(", ");
  const found = await source.query(
    `WITH rows AS (
       SELECT ${[...keysSql(slice.value, "entry_rows", parameters), ...ofEntries].join(", ")} FROM entry_rows
       WHERE ${entries.value} AND number > 0 AND state IN (${failures.map(wordCode).join(", ")})
       UNION ALL
       SELECT ${[...keysSql(slice.value, "refusal_rows", parameters), ...ofRefusals].join(", ")} FROM refusal_rows
       WHERE ${refusals.value}
     )
     SELECT ${[...labels, "origin", "code", "status", "count(*) AS count"].join(", ")} FROM rows
     GROUP BY ${group} ORDER BY count DESC, ${group} LIMIT ${groupsMax + 1}`,
    parameters.values,
  );
  const { dimensions, zone } = slice.value;
  const rows = found.slice(0, groupsMax).map((row) => ({
    dimensions: dimensionsOf(row, dimensions, zone),
    origin: originOf(maybeText(row, "origin")),
    code: text(row, "code"),
    status: maybeNumber(row, "status"),
    count: count(row, "count"),
  }));
  return ok({
    rows: rows.toSorted((a, b) => b.count - a.count || (nameOf(a) < nameOf(b) ? -1 : 1)),
    is_cut: found.length > groupsMax,
  });
}

/** Of what is equally frequent, by name: in SQL words have the order of their codes. */
function nameOf({ dimensions, origin, code, status }: ErrorRows["rows"][number]): string {
  return [...Object.values(dimensions), origin, code, status].join("\n");
}

function originOf(state = "refused"): ErrorOrigin {
  const found = origins.find((origin) => origin === state);
  assert(found !== undefined, "only states that are problems were asked for");
  return found;
}
