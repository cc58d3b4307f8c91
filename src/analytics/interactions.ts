import { type SqlRow, type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { type CursorKey, decodeCursor, encodeCursor } from "./cursor.ts";
import {
  addable,
  type InteractionSearch,
  isTimed,
  type OpenedSearch,
  openSearch,
  wholeSql,
} from "./interaction-search.ts";
import { type QuestionProblem } from "./question.ts";
import { count, flag, maybeNumber, maybeText, nanos, text, timestamp } from "./read-row.ts";
import { type Range } from "./slice.ts";
import { standingRows } from "./standing-rows.ts";
import { Parameters } from "./sql-text.ts";

export interface InteractionQuestion extends InteractionSearch {
  readonly min_nanos?: string | undefined;
  readonly max_nanos?: string | undefined;
  readonly min_ms?: number | undefined;
  readonly max_ms?: number | undefined;
  /** Of what is not certain: interactions with a part that is estimated, or that has no price. */
  readonly cost?: "estimated" | "unpriced" | undefined;
  /** Of what its outcomes are worth together; what nobody said is neither. */
  readonly min_value_nanos?: string | undefined;
  readonly max_value_nanos?: string | undefined;
  /** Name of one that was reported, or `success`, `failure`, `none`. */
  readonly outcome?: string | undefined;
  readonly sort: "newest" | "dearest" | "slowest";
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface InteractionRow {
  readonly interaction: string;
  readonly tenant: string;
  readonly from: string;
  /** Absent where no step says how long it took. */
  readonly duration_ms: number | undefined;
  readonly feature: string;
  readonly customer: string;
  readonly user: string;
  readonly calls: number;
  readonly steps: number;
  readonly gross_nanos: string;
  readonly net_nanos: string;
  readonly tare_nanos: string;
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly unpriced: number;
  /** Of its outcomes together; undefined where nobody said. */
  readonly value_nanos: string | undefined;
  outcomes: string[];
  failed_outcomes: string[];
}

export interface InteractionPage {
  rows: InteractionRow[];
  readonly cursor: string | undefined;
}

const orders = { newest: "first_at", dearest: "gross_nanos", slowest: "duration_ms" } as const;

type Asked = Omit<InteractionQuestion, "limit" | "cursor">;

/**
 * Interactions with a step in the range, judged and shown as a whole: what else they cost and how long they took, whatever was
 * filtered by. A page goes on after the place where the last one ended.
 */
export async function askInteractions(
  source: SqlSource,
  question: InteractionQuestion,
): Promise<Result<InteractionPage, QuestionProblem>> {
  const { cursor, limit, ...asked } = question;
  const after = decodeCursor(asked, cursor, ["", "", ""]);
  if (!after.ok) return after;
  const opened = await openSearch(source, asked);
  if (!opened.ok) return opened;
  const order = orders[asked.sort];
  const found = await findPage(source, { opened: opened.value, asked, after: after.value, rows: limit + 1 });
  if (!found.ok) return found;
  const shown = found.value.slice(0, limit);
  const last = shown.at(-1);
  const isMore = found.value.length > limit && last !== undefined;
  const key = isMore ? [nanos(last, order), text(last, "interaction"), text(last, "tenant")] : [];
  return ok({ rows: await rowsOf(source, shown), cursor: isMore ? encodeCursor(asked, key) : undefined });
}

interface Finding {
  readonly opened: OpenedSearch;
  readonly asked: Asked;
  readonly after: CursorKey | undefined;
  readonly rows: number;
}

async function findPage(
  source: SqlSource,
  { opened, asked, after, rows }: Finding,
): Promise<Result<readonly SqlRow[], QuestionProblem>> {
  const { range } = opened;
  if (range.from >= range.to) return ok([]);
  const order = orders[asked.sort];
  const words = [asked.outcome, after?.[2]].filter((word) => word !== undefined);
  const codes = await source.codesOf(words.map(String));
  let found: readonly SqlRow[] = [];
  for (const from of beginnings(asked.sort, range, after)) {
    const parameters = new Parameters();
    const whole = wholeSql(opened, { from, sums: sumsFor(asked) }, parameters);
    if (!whole.ok) return whole;
    const where = [...judgedSql({ asked, codes }, parameters), ...afterSql({ order, after, codes }, parameters)];
    if (from > range.from) where.push(`first_at >= ${parameters.add(from)}`);
    found = await source.query(
      `WITH found AS MATERIALIZED (${whole.value})
       SELECT found.* FROM found ${isOfOutcomes(asked) ? outcomeJoin : ""}
       WHERE ${["true", ...where].join(" AND ")}
       ORDER BY ${order} DESC, interaction, tenant LIMIT ${parameters.add(rows)}`,
      parameters.values,
    );
    if (found.length === rows) break;
  }
  return ok(found);
}

/** Of the range, or of what is before the cursor, a first part that is looked at alone; each further one is so much longer. */
const FIRST_SHARE = 64;
const LONGER = 8;

/**
 * Where to begin reading, one after the other until a page is full. What began after an instant has no row before it, so the
 * newest are found among the newest rows; the dearest may be anywhere.
 */
function beginnings(sort: Asked["sort"], range: Range, after: CursorKey | undefined): readonly number[] {
  if (sort !== "newest") return [range.from];
  const end = after === undefined ? range.to : Math.min(range.to, Number(after[0]) + 1);
  const parts: number[] = [];
  for (let share = FIRST_SHARE; share > 1; share /= LONGER)
    parts.push(Math.floor(end - Math.max(0, end - range.from) / share));
  return [...parts.filter((from) => from > range.from), range.from];
}

interface AfterFacts {
  readonly order: string;
  readonly after: CursorKey | undefined;
  /** Of the tenant. */
  readonly codes: ReadonlyMap<string, number>;
}

function afterSql({ order, after, codes }: AfterFacts, parameters: Parameters): readonly string[] {
  if (after === undefined) return [];
  const [value = "", interaction = "", tenant = ""] = after.map(String);
  const [at, id] = [parameters.add(BigInt(value)), parameters.add(interaction)];
  return [
    `(${order} < ${at} OR (${order} = ${at} AND (interaction > ${id} OR (interaction = ${id} AND tenant > ${codes.get(tenant) ?? 0}))))`,
  ];
}

/** What was reported of those that were found, and stands: what was corrected or withdrawn adds up to nothing. */
const outcomeJoin = `LEFT JOIN (
    SELECT tenant AS t, interaction AS i, list(name) AS names,
      bool_or(is_success) AS has_success, bool_or(NOT is_success) AS has_failure,
      sum(valued) AS valued, sum(value_nanos) AS value_nanos
    FROM (SELECT tenant, interaction, name, is_success, sum(valued) AS valued, sum(value_nanos) AS value_nanos
      FROM outcome_rows
      WHERE interaction_hash IN (SELECT hash FROM found)
      GROUP BY tenant, interaction, name, is_success HAVING sum(outcomes) > 0)
    GROUP BY tenant, interaction)
  ON t = tenant AND i = interaction`;

interface Judging {
  readonly asked: Asked;
  /** Of the outcome's name. */
  readonly codes: ReadonlyMap<string, number>;
}

function isOfOutcomes({ outcome, min_value_nanos, max_value_nanos }: Asked): boolean {
  return [outcome, min_value_nanos, max_value_nanos].some((each) => each !== undefined);
}

function sumsFor({ cost, max_nanos }: Asked): readonly (typeof addable)[number][] {
  return addable.filter((name) =>
    name === "unpriced" ? max_nanos !== undefined || cost === "unpriced" : cost === "estimated",
  );
}

function judgedSql({ asked, codes }: Judging, parameters: Parameters): string[] {
  const { min_nanos, max_nanos, min_ms, max_ms, cost, outcome } = asked;
  const parts: string[] = [];
  if (min_nanos !== undefined) parts.push(`gross_nanos >= ${parameters.add(BigInt(min_nanos))}`);
  // With a part of unknown cost nobody knows how much it is at most.
  if (max_nanos !== undefined) parts.push(`gross_nanos <= ${parameters.add(BigInt(max_nanos))} AND unpriced = 0`);
  if (cost === "unpriced") parts.push("unpriced > 0");
  if (cost === "estimated") parts.push("estimated_nanos > 0");
  parts.push(...valueSql(asked, parameters));
  if (min_ms !== undefined) parts.push(`is_timed AND duration_ms >= ${parameters.add(min_ms)}`);
  if (max_ms !== undefined) parts.push(`is_timed AND duration_ms <= ${parameters.add(max_ms)}`);
  if (outcome === "none") parts.push("names IS NULL");
  else if (outcome === "success") parts.push("coalesce(has_success, false)");
  else if (outcome === "failure") parts.push("coalesce(has_failure, false)");
  else if (outcome !== undefined) parts.push(`coalesce(list_contains(names, ${codes.get(outcome) ?? 0}), false)`);
  return parts;
}

function valueSql({ min_value_nanos, max_value_nanos }: Asked, parameters: Parameters): string[] {
  const parts: string[] = [];
  if (min_value_nanos !== undefined) parts.push(`value_nanos >= ${parameters.add(BigInt(min_value_nanos))}`);
  if (max_value_nanos !== undefined) parts.push(`value_nanos <= ${parameters.add(BigInt(max_value_nanos))}`);
  return parts.length === 0 ? [] : ["valued > 0", ...parts];
}

/** All that a page says of those on it, in their order: only what orders and limits is asked of every interaction. */
async function rowsOf(source: SqlSource, shown: readonly SqlRow[]): Promise<InteractionRow[]> {
  if (shown.length === 0) return [];
  const hashes = [...new Set(shown.map((row) => count(row, "hash")))].join(", ");
  // Nothing of them is outside, and of ten million rows those of a day are read forty times faster.
  const from = Math.min(...shown.map((row) => count(row, "first_at")));
  const to = Math.max(...shown.map((row) => count(row, "last_at")));
  const isStep = source.seen().kinds.find(({ kind }) => kind === "steps")?.where ?? "number = 0";
  const [details, outcomes] = await Promise.all([
    source.query(
      `SELECT tenant, interaction, min(incurred_at) AS first_at,
         CASE WHEN ${isTimed} THEN (max(incurred_at + coalesce(duration_ms, 0)::BIGINT) - min(incurred_at))::BIGINT END
           AS duration_ms,
         arg_max(feature, coalesce(nanos, 0)) AS feature, arg_max(customer, coalesce(nanos, 0)) AS customer,
         arg_max("user", coalesce(nanos, 0)) AS person, sum(calls)::BIGINT AS calls,
         count(DISTINCT CASE WHEN ${isStep} THEN call END)::BIGINT AS steps,
         coalesce(sum(nanos), 0)::BIGINT AS gross_nanos, coalesce(sum(net_nanos), 0)::BIGINT AS net_nanos,
         coalesce(sum(estimated_nanos), 0)::BIGINT AS estimated_nanos,
         coalesce(sum(in_doubt_nanos), 0)::BIGINT AS in_doubt_nanos, sum(unpriced)::BIGINT AS unpriced
       FROM ${standingRows(`incurred_at >= $1 AND incurred_at <= $2 AND number >= 0 AND interaction_hash IN (${hashes})`)}
       GROUP BY tenant, interaction`,
      [BigInt(from), BigInt(to)],
    ),
    source.query(
      `SELECT tenant, interaction, name, is_success, sum(valued)::BIGINT AS valued, sum(value_nanos)::BIGINT AS value_nanos
       FROM outcome_rows WHERE interaction_hash IN (${hashes})
       GROUP BY tenant, interaction, name, is_success HAVING sum(outcomes) > 0`,
      [],
    ),
  ]);
  const detailOf = new Map(details.map((row) => [keyOf(row), row]));
  const outcomesOf = Map.groupBy(outcomes, keyOf);
  return shown.flatMap((row) => {
    const detail = detailOf.get(keyOf(row));
    return detail === undefined ? [] : [toRow(detail, outcomesOf.get(keyOf(row)) ?? [])];
  });
}

function keyOf(row: SqlRow): string {
  return `${text(row, "tenant")}\n${text(row, "interaction")}`;
}

function namesOf(outcomes: readonly SqlRow[]): string[] {
  return [...new Set(outcomes.map((row) => text(row, "name")))].toSorted();
}

function valueOf(outcomes: readonly SqlRow[]): string | undefined {
  const valued = outcomes.filter((row) => count(row, "valued") > 0);
  if (valued.length === 0) return undefined;
  return valued.reduce((sum, row) => sum + BigInt(nanos(row, "value_nanos")), 0n).toString();
}

function toRow(row: SqlRow, outcomes: readonly SqlRow[]): InteractionRow {
  const [gross, net] = [BigInt(nanos(row, "gross_nanos")), BigInt(nanos(row, "net_nanos"))];
  return {
    interaction: text(row, "interaction"),
    tenant: text(row, "tenant"),
    from: timestamp(row, "first_at"),
    duration_ms: maybeNumber(row, "duration_ms"),
    feature: maybeText(row, "feature") ?? "(none)",
    customer: maybeText(row, "customer") ?? "(none)",
    user: maybeText(row, "person") ?? "(none)",
    calls: count(row, "calls"),
    steps: count(row, "steps"),
    gross_nanos: gross.toString(),
    net_nanos: net.toString(),
    tare_nanos: (gross - net).toString(),
    estimated_nanos: nanos(row, "estimated_nanos"),
    in_doubt_nanos: nanos(row, "in_doubt_nanos"),
    unpriced: count(row, "unpriced"),
    value_nanos: valueOf(outcomes),
    outcomes: namesOf(outcomes),
    failed_outcomes: namesOf(outcomes.filter((outcome) => !flag(outcome, "is_success"))),
  };
}
