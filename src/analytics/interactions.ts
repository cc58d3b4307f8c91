import { type SqlRow, type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { codedWords, filterSql } from "./dimension.ts";
import { rangeSql } from "./entries.ts";
import { type Filter, type QuestionProblem } from "./question.ts";
import { count, maybeText, nanos, text, timestamp } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { TimeZone } from "./time-zone.ts";

export interface InteractionQuestion {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly id?: string | undefined;
  readonly min_nanos?: string | undefined;
  readonly max_nanos?: string | undefined;
  readonly min_ms?: number | undefined;
  readonly outcome?: string | undefined;
  readonly sort: "newest" | "dearest" | "slowest";
  readonly filter: Filter;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface InteractionRow {
  readonly interaction: string;
  readonly tenant: string;
  readonly from: string;
  readonly duration_ms: number;
  readonly feature: string;
  readonly customer: string;
  readonly user: string;
  readonly calls: number;
  readonly steps: number;
  readonly gross_nanos: string;
  readonly net_nanos: string;
  readonly tare_nanos: string;
  readonly estimated_nanos: string;
  readonly unpriced: number;
  outcomes: string[];
  failed_outcomes: string[];
}

export interface InteractionPage {
  rows: InteractionRow[];
  readonly cursor: string | undefined;
}

const orders = { newest: "first_at", dearest: "gross_nanos", slowest: "duration_ms" } as const;

/** Interactions by what they cost together; a page goes on after the place where the last one ended. */
export async function askInteractions(
  source: SqlSource,
  question: InteractionQuestion,
): Promise<Result<InteractionPage, QuestionProblem>> {
  const { cursor, limit, ...asked } = question;
  const parameters = new Parameters();
  const after = decodeCursor(asked, cursor, ["", "", ""]);
  if (!after.ok) return after;
  const where = await rowsWhere(source, asked, parameters);
  if (!where.ok) return where;
  const order = orders[asked.sort];
  const having = havingSql(asked, parameters);
  if (after.value !== undefined) {
    const [value = "", interaction = "", tenant = ""] = after.value.map(String);
    const codes = await source.codesOf([tenant]);
    const [at, id] = [parameters.add(BigInt(value)), parameters.add(interaction)];
    having.push(
      `(${order} < ${at} OR (${order} = ${at} AND (interaction > ${id} OR (interaction = ${id} AND tenant > ${codes.get(tenant) ?? 0}))))`,
    );
  }
  const found = await source.query(
    `WITH taken AS MATERIALIZED (SELECT DISTINCT interaction_hash FROM entry_rows WHERE ${where.value} AND stands < 0),
     standing AS (${standingSql(where.value)}),
     grouped AS (
       SELECT tenant, interaction, min(incurred_at) AS first_at,
         (max(incurred_at + coalesce(duration_ms, 0)::BIGINT) - min(incurred_at))::BIGINT AS duration_ms,
         arg_max(feature, nanos) AS feature, arg_max(customer, nanos) AS customer, arg_max("user", nanos) AS person,
         sum(calls)::BIGINT AS calls, count(DISTINCT CASE WHEN number = 0 THEN call END)::BIGINT AS steps,
         coalesce(sum(nanos), 0)::BIGINT AS gross_nanos, coalesce(sum(net_nanos), 0)::BIGINT AS net_nanos,
         coalesce(sum(estimated_nanos), 0)::BIGINT AS estimated_nanos, sum(unpriced)::BIGINT AS unpriced
       FROM standing GROUP BY tenant, interaction),
     said AS (
       SELECT tenant AS t, interaction AS i, string_agg(DISTINCT word, chr(10) ORDER BY word) AS names,
         string_agg(DISTINCT word, chr(10) ORDER BY word) FILTER (WHERE NOT is_success) AS failed_names,
         bool_or(is_success) AS has_success, bool_or(NOT is_success) AS has_failure
       FROM (SELECT tenant, interaction, name, is_success FROM outcome_rows
         GROUP BY tenant, interaction, name, is_success HAVING sum(outcomes) > 0)
       JOIN words ON code = name GROUP BY tenant, interaction)
     SELECT grouped.*, names, failed_names FROM grouped LEFT JOIN said ON t = tenant AND i = interaction
     WHERE ${["true", ...having].join(" AND ")}
     ORDER BY ${order} DESC, interaction, tenant LIMIT ${parameters.add(limit + 1)}`,
    parameters.values,
  );
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const isMore = found.length > limit && last !== undefined;
  const key = isMore ? [nanos(last, order), text(last, "interaction"), text(last, "tenant")] : [];
  return ok({ rows: shown.map(toRow), cursor: isMore ? encodeCursor(asked, key) : undefined });
}

async function rowsWhere(
  source: SqlSource,
  { from, to, id, filter }: Pick<InteractionQuestion, "from" | "to" | "id" | "filter">,
  parameters: Parameters,
): Promise<Result<string, QuestionProblem>> {
  const utc = TimeZone.open("UTC");
  if (!utc.ok) return utc;
  const codes = await source.codesOf(codedWords(filter));
  const filtered = filterSql(filter, { table: "entry_rows", zone: utc.value, parameters, codes });
  if (!filtered.ok) return filtered;
  const range = rangeSql({ from, to }, "incurred_at", parameters);
  if (!range.ok) return range;
  // Bills are of no interaction.
  const parts = ["number >= 0", ...range.value, ...filtered.value];
  if (id !== undefined) parts.push(`starts_with(interaction, ${parameters.add(id)})`);
  return ok(parts.join(" AND "));
}

const told = `tenant, interaction, call, number, incurred_at, duration_ms, feature, customer, "user"`;
const added = ["calls", "nanos", "net_nanos", "estimated_nanos", "unpriced"];

/**
 * Rows without the steps that were taken back and what took them back. Most interactions have none of these, and telling
 * the steps of all apart would take as long as the rest: `taken` has the others.
 */
function standingSql(where: string): string {
  const isWhole = "(number > 0 OR interaction_hash NOT IN (SELECT interaction_hash FROM taken))";
  const sums = added.map((name) => `sum(${name}) AS ${name}`).join(", ");
  return `SELECT ${told}, ${added.join(", ")} FROM entry_rows WHERE ${where} AND ${isWhole}
    UNION ALL SELECT ${told}, ${sums} FROM entry_rows WHERE ${where} AND NOT ${isWhole}
    GROUP BY ${told} HAVING sum(stands) > 0`;
}

function havingSql(
  { min_nanos, max_nanos, min_ms, outcome }: Omit<InteractionQuestion, "limit" | "cursor">,
  parameters: Parameters,
): string[] {
  const parts: string[] = [];
  if (min_nanos !== undefined) parts.push(`gross_nanos >= ${parameters.add(BigInt(min_nanos))}`);
  if (max_nanos !== undefined) parts.push(`gross_nanos <= ${parameters.add(BigInt(max_nanos))}`);
  if (min_ms !== undefined) parts.push(`duration_ms >= ${parameters.add(min_ms)}`);
  if (outcome === "none") parts.push("names IS NULL");
  else if (outcome === "success") parts.push("coalesce(has_success, false)");
  else if (outcome === "failure") parts.push("coalesce(has_failure, false)");
  else if (outcome !== undefined)
    parts.push(`list_contains(string_split(coalesce(names, ''), chr(10)), ${parameters.add(outcome)})`);
  return parts;
}

function toRow(row: SqlRow): InteractionRow {
  const [gross, net] = [BigInt(nanos(row, "gross_nanos")), BigInt(nanos(row, "net_nanos"))];
  const names = maybeText(row, "names");
  return {
    interaction: text(row, "interaction"),
    tenant: text(row, "tenant"),
    from: timestamp(row, "first_at"),
    duration_ms: count(row, "duration_ms"),
    feature: maybeText(row, "feature") ?? "(none)",
    customer: maybeText(row, "customer") ?? "(none)",
    user: maybeText(row, "person") ?? "(none)",
    calls: count(row, "calls"),
    steps: count(row, "steps"),
    gross_nanos: gross.toString(),
    net_nanos: net.toString(),
    tare_nanos: (gross - net).toString(),
    estimated_nanos: nanos(row, "estimated_nanos"),
    unpriced: count(row, "unpriced"),
    outcomes: names?.split("\n") ?? [],
    failed_outcomes: maybeText(row, "failed_names")?.split("\n") ?? [],
  };
}
