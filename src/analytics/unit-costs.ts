import { type SqlRow, type SqlSource, wordCode } from "#ledger";
import { ok, type Result } from "#std";
import { type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, nanos } from "./read-row.ts";
import { dimensionsOf, keysSql, labelsSql, openSlice, type Slice, whereSql } from "./slice.ts";
import { Parameters } from "./sql-text.ts";

export interface UnitQuestion extends LatencyQuestion {
  readonly outcome?: string | undefined;
  /** Averages are of so many: 1000 for a thousand calls. One where it is not said. */
  readonly per?: number | undefined;
}

export interface UnitCosts {
  readonly gross_nanos: string;
  readonly net_nanos: string;
  readonly tare_nanos: string;
  readonly tare_ratio: number | undefined;
  readonly estimated_nanos: string;
  readonly unpriced: number;
  readonly calls: number;
  readonly steps: number;
  readonly interactions: number;
  readonly users: number;
  readonly sessions: number;
  readonly outcomes: number;
  readonly successes: number;
  readonly valued: number;
  readonly tokens_in: number;
  readonly tokens_out: number;
  readonly value_nanos: string;
  readonly margin_nanos: string;
  readonly per_call_nanos: string | undefined;
  readonly per_step_nanos: string | undefined;
  readonly per_token_nanos: string | undefined;
  readonly per_interaction_nanos: string | undefined;
  readonly per_user_nanos: string | undefined;
  readonly per_session_nanos: string | undefined;
  readonly per_outcome_nanos: string | undefined;
  readonly per_success_nanos: string | undefined;
}

export interface UnitRows {
  rows: (UnitCosts & { dimensions: Record<string, string> })[];
  readonly total: UnitCosts;
  readonly per: number;
}

const GROUPS_MAX = 1000;

/**
 * What one of anything costs, by any dimensions. An outcome counts where its interaction has entries, whenever it was
 * reported: failures and retries of the interactions are in the price of those that succeeded.
 */
export async function askUnitCosts(
  source: SqlSource,
  question: UnitQuestion,
  groupsMax = GROUPS_MAX,
): Promise<Result<UnitRows, QuestionProblem>> {
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const { dimensions, zone } = slice.value;
  const { outcome, per = 1 } = question;
  const found = await queryUnits(source, slice.value, { outcome, groupsMax });
  if (!found.ok) return found;
  const [total] = dimensions.length === 0 ? found.value : await totalOf(source, slice.value, outcome);
  const rows = dimensions.length === 0 ? [] : found.value;
  return ok({
    rows: rows.map((row) => ({ dimensions: dimensionsOf(row, dimensions, zone), ...toCosts(row, per) })),
    total: toCosts(total ?? {}, per),
    per,
  });
}

/** Users and interactions of several rows may be the same, so the total is no sum of rows. */
async function totalOf(source: SqlSource, slice: Slice, outcome: string | undefined): Promise<readonly SqlRow[]> {
  const found = await queryUnits(source, { ...slice, dimensions: [] }, { outcome, groupsMax: 1 });
  return found.ok ? found.value : [];
}

async function queryUnits(
  source: SqlSource,
  slice: Slice,
  { outcome, groupsMax }: { readonly outcome: string | undefined; readonly groupsMax: number },
): Promise<Result<readonly SqlRow[], QuestionProblem>> {
  const parameters = new Parameters();
  const where = whereSql(slice, "entry_rows", parameters);
  if (!where.ok) return where;
  const names = slice.dimensions.map((_, index) => `d${index}`);
  const on = ["o.tenant = i.tenant", "o.interaction = i.interaction"].join(" AND ");
  const codes = outcome === undefined ? undefined : await source.codesOf([outcome]);
  const named = outcome === undefined ? "true" : `name = ${codes?.get(outcome) ?? 0}`;
  const group = names.length === 0 ? "" : `GROUP BY ${names.join(", ")}`;
  const none = wordCode("(none)");
  return ok(
    await source.query(
      `WITH keyed AS (
         SELECT ${list(keysSql(slice, "entry_rows", parameters), columns)} FROM entry_rows WHERE ${where.value}),
       rows AS (SELECT ${list(labelsSql(slice, parameters), columns)} FROM keyed),
       sums AS (SELECT ${list(names, [
         "coalesce(sum(nanos), 0)::HUGEINT AS gross_nanos",
         "coalesce(sum(net_nanos), 0)::HUGEINT AS net_nanos",
         "coalesce(sum(estimated_nanos), 0)::HUGEINT AS estimated_nanos",
         "coalesce(sum(unpriced), 0)::BIGINT AS unpriced",
         "coalesce(sum(calls), 0)::BIGINT AS calls",
         "coalesce(sum(tokens_in), 0)::BIGINT AS tokens_in",
         "coalesce(sum(tokens_out), 0)::BIGINT AS tokens_out",
         "count(DISTINCT CASE WHEN number = 0 THEN call END) AS steps",
         "count(DISTINCT CASE WHEN number >= 0 THEN hash(tenant, interaction) END) AS interactions",
         `count(DISTINCT CASE WHEN "user" <> ${none} THEN hash(tenant, "user") END) AS users`,
         `count(DISTINCT CASE WHEN session <> ${none} THEN hash(tenant, session) END) AS sessions`,
       ])} FROM rows ${group}),
       o AS (SELECT tenant, interaction, sum(outcomes) AS outcomes, sum(successes) AS successes,
           sum(valued) AS valued, sum(value_nanos) AS value_nanos FROM outcome_rows WHERE ${named} GROUP BY tenant, interaction),
       i AS (SELECT DISTINCT ${list(names, ["tenant", "interaction"])} FROM rows),
       results AS (SELECT ${list(names, [
         "coalesce(sum(outcomes), 0)::BIGINT AS outcomes",
         "coalesce(sum(successes), 0)::BIGINT AS successes",
         "coalesce(sum(valued), 0)::BIGINT AS valued",
         "coalesce(sum(value_nanos), 0)::HUGEINT AS value_nanos",
       ])} FROM i JOIN o ON ${on} ${group})
       SELECT sums.*, coalesce(outcomes, 0) AS outcomes, coalesce(successes, 0) AS successes,
         coalesce(valued, 0) AS valued, coalesce(value_nanos, 0)::HUGEINT AS value_nanos
       FROM sums LEFT JOIN results ON ${names.map((name) => `sums.${name} IS NOT DISTINCT FROM results.${name}`).join(" AND ") || "true"}
       ORDER BY ${list(
         ["gross_nanos DESC"],
         names.map((name) => `sums.${name}`),
       )} LIMIT ${groupsMax}`,
      parameters.values,
    ),
  );
}

function list(before: readonly string[], more: readonly string[]): string {
  return [...before, ...more].join(", ");
}

const columns = [
  "tenant",
  "interaction",
  '"user"',
  "session",
  "call",
  "number",
  "nanos",
  "net_nanos",
  "estimated_nanos",
  "unpriced",
  "calls",
  "tokens_in",
  "tokens_out",
];

function toCosts(row: SqlRow, of: number): UnitCosts {
  const amount = (name: string) => (row[name] === undefined ? 0n : BigInt(nanos(row, name)));
  const number = (name: string) => (row[name] === undefined ? 0 : count(row, name));
  const [gross, net, value] = [amount("gross_nanos"), amount("net_nanos"), amount("value_nanos")];
  const each = (over: number) => average(gross * BigInt(of), over)?.toString();
  const per = (name: string) => each(number(name));
  return {
    gross_nanos: gross.toString(),
    net_nanos: net.toString(),
    tare_nanos: (gross - net).toString(),
    tare_ratio: net === 0n ? undefined : Number((gross * 10_000n) / net) / 10_000,
    estimated_nanos: amount("estimated_nanos").toString(),
    unpriced: number("unpriced"),
    calls: number("calls"),
    steps: number("steps"),
    interactions: number("interactions"),
    users: number("users"),
    sessions: number("sessions"),
    outcomes: number("outcomes"),
    successes: number("successes"),
    valued: number("valued"),
    tokens_in: number("tokens_in"),
    tokens_out: number("tokens_out"),
    value_nanos: value.toString(),
    margin_nanos: (value - gross).toString(),
    per_call_nanos: per("calls"),
    per_step_nanos: per("steps"),
    per_token_nanos: each(number("tokens_in") + number("tokens_out")),
    per_interaction_nanos: per("interactions"),
    per_user_nanos: per("users"),
    per_session_nanos: per("sessions"),
    per_outcome_nanos: per("outcomes"),
    per_success_nanos: per("successes"),
  };
}

/** Rounded half up to a nano; undefined over nothing. */
function average(amount: bigint, over: number): bigint | undefined {
  if (over <= 0) return undefined;
  const divisor = BigInt(over);
  return (amount * 2n + divisor) / (divisor * 2n);
}
