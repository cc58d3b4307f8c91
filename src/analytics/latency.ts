import { type SqlRow, type SqlSource } from "#ledger";
import { assert, ok, type Result } from "#std";
import { type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, maybeNumber, text } from "./read-row.ts";
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
}

/** More groups than a page shows or a person reads. */
const GROUPS_MAX = 10_000;
const measured = ["duration_ms", "first_content_ms", "overhead_ms"] as const;

/** Percentiles over attempts that were delivered in full, interpolated between measured values. */
export async function askLatency(
  source: SqlSource,
  question: LatencyQuestion,
): Promise<Result<LatencyRows, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const parameters = new Parameters();
  const where = whereSql(slice.value, "entries", parameters);
  if (!where.ok) return where;
  const [labels, names] = [labelsSql(slice.value, parameters), namesOf(slice.value)];
  const group = names.length === 0 ? "" : `GROUP BY ${names.join(", ")} ORDER BY ${names.join(", ")}`;
  const found = await source.query(
    `WITH rows AS (
       SELECT ${[...keysSql(slice.value, "entries", parameters), ...measured].join(", ")} FROM entries
       WHERE ${where.value} AND delivered = 'full' AND state <> 'correction'
     )
     SELECT ${[...labels, "count(*) AS attempts"].join(", ")},
       ${measured.map((name) => `quantile_cont(${name}, [0.5, 0.95, 0.99]) AS ${name}`).join(", ")}
     FROM rows ${group} LIMIT ${GROUPS_MAX}`,
    parameters.values,
  );
  const { dimensions, zone } = slice.value;
  const rows = found.map((row) => ({
    dimensions: dimensionsOf(row, dimensions, zone),
    attempts: count(row, "attempts"),
    duration_ms: percentiles(row, "duration_ms"),
    first_content_ms: percentiles(row, "first_content_ms"),
    overhead_ms: percentiles(row, "overhead_ms"),
  }));
  return ok({ rows: rows.filter(({ attempts }) => attempts > 0) });
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
}

const origins = ["refused", "failed", "cut", "cancelled", "in_doubt"] as const;

/** What went wrong, counted: our refusals by code, attempts by how they ended and by the code of what they met. */
export async function askErrors(
  source: SqlSource,
  question: LatencyQuestion,
): Promise<Result<ErrorRows, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const parameters = new Parameters();
  const entries = whereSql(slice.value, "entries", parameters);
  if (!entries.ok) return entries;
  const refusals = whereSql(slice.value, "refusals", parameters);
  if (!refusals.ok) return refusals;
  const ofEntries = ["state AS origin", "coalesce(error, state) AS code", "status"];
  const ofRefusals = ["'refused' AS origin", "code", "status"];
  const [labels, names] = [labelsSql(slice.value, parameters), namesOf(slice.value)];
  const group = [...names, "origin", "code", "status"].join(", ");
  const found = await source.query(
    `WITH rows AS (
       SELECT ${[...keysSql(slice.value, "entries", parameters), ...ofEntries].join(", ")} FROM entries
       WHERE ${entries.value} AND state IN ('failed', 'cut', 'cancelled', 'in_doubt')
       UNION ALL
       SELECT ${[...keysSql(slice.value, "refusals", parameters), ...ofRefusals].join(", ")} FROM refusals
       WHERE ${refusals.value}
     )
     SELECT ${[...labels, "origin", "code", "status", "count(*) AS count"].join(", ")} FROM rows
     GROUP BY ${group} ORDER BY count DESC, ${group} LIMIT ${GROUPS_MAX}`,
    parameters.values,
  );
  const { dimensions, zone } = slice.value;
  const rows = found.map((row) => ({
    dimensions: dimensionsOf(row, dimensions, zone),
    origin: originOf(text(row, "origin")),
    code: text(row, "code"),
    status: maybeNumber(row, "status"),
    count: count(row, "count"),
  }));
  return ok({ rows });
}

function originOf(state: string): ErrorOrigin {
  const found = origins.find((origin) => origin === state);
  assert(found !== undefined, "only states that are problems were asked for");
  return found;
}
