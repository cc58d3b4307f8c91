import { type SqlRow, type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { type Sums } from "./dimension.ts";
import { type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, nanos } from "./read-row.ts";
import { dimensionsOf, openSlice, type Slice, whereSql } from "./slice.ts";
import { Parameters } from "./sql-text.ts";
import { tareRatio } from "./tare-ratio.ts";
import { outcomesPart } from "./unit-outcomes.ts";
import { list, type RowsSql, rowsSql } from "./unit-rows.ts";
import { differentParts, summedParts } from "./whole-units.ts";

export interface UnitQuestion extends LatencyQuestion {
  readonly outcome?: string | undefined;
  /** Averages are of so many: 1000 for a thousand calls. One where it is not said. */
  readonly per?: number | undefined;
  /** Which rows come first; the dearest where it is not said. */
  readonly sort?: keyof typeof orders | undefined;
}

const orders = { dearest: ["nanos DESC"], unpriced: ["unpriced DESC", "nanos DESC"] } as const;

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
  /** There are more rows than these; the total is over all. */
  readonly is_cut: boolean;
}

const GROUPS_MAX = 1000;

/**
 * What one of anything costs, by any dimensions. An outcome counts where its interaction has entries, whenever it was
 * reported: failures and retries of the interactions are in the price of those that succeeded. By customer it is of one.
 */
export async function askUnitCosts(
  source: SqlSource,
  question: UnitQuestion,
  groupsMax = GROUPS_MAX,
): Promise<Result<UnitRows, QuestionProblem>> {
  // Before the rows are read: the entries say what is booked meanwhile.
  const made = { sums: source.sums(), seen: source.seen() };
  const slice = await openSlice(source, question);
  if (!slice.ok) return slice;
  const { dimensions, zone } = slice.value;
  const { outcome, per = 1, sort = "dearest" } = question;
  const found = await queryUnits(source, slice.value, { outcome, groupsMax, made, sort });
  if (!found.ok) return found;
  // Users and interactions of several rows may be the same, so the total is no sum of rows. Not asked beside them: then both
  // connections for questions would be taken.
  const whole = { ...slice.value, dimensions: [] };
  const all = dimensions.length === 0 ? found : await queryUnits(source, whole, { outcome, groupsMax: 1, made, sort });
  const [total] = all.ok ? all.value : [];
  const rows = dimensions.length === 0 ? [] : found.value.slice(0, groupsMax);
  return ok({
    rows: rows.map((row) => ({ dimensions: dimensionsOf(row, dimensions, zone), ...toCosts(row, per) })),
    total: toCosts(total ?? {}, per),
    per,
    is_cut: found.value.length > groupsMax,
  });
}

/** What checkpoints have made of the entries. */
interface Made {
  readonly sums: readonly Sums[];
  readonly seen: ReturnType<SqlSource["seen"]>;
}

interface Units {
  readonly outcome: string | undefined;
  readonly groupsMax: number;
  readonly made: Made;
  readonly sort: keyof typeof orders;
}

async function queryUnits(
  source: SqlSource,
  slice: Slice,
  { outcome, groupsMax, made, sort }: Units,
): Promise<Result<readonly SqlRow[], QuestionProblem>> {
  const parameters = new Parameters();
  const where = whereSql(slice, "entry_rows", parameters);
  if (!where.ok) return where;
  const codes = outcome === undefined ? undefined : await source.codesOf([outcome]);
  const rows = rowsSql(slice, where.value, parameters);
  const named = outcome === undefined ? "true" : `name = ${codes?.get(outcome) ?? 0}`;
  const outcomes = outcomesPart(slice, named, parameters);
  if (!outcomes.ok) return outcomes;
  const parts = [...unitParts(rows, slice, made), outcomes.value];
  const sums = ["nanos", "net_nanos", "estimated_nanos", "value_nanos"].map(
    (name) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`,
  );
  const counts = counted.map((name) => `coalesce(sum(${name}), 0)::BIGINT AS ${name}`);
  // Of what was taken back as a whole nothing is told, but where money is left of it all the same. A customer may have
  // no more than an outcome.
  const isThere = rows.labels.length === 0 ? "" : "HAVING sum(stands) > 0 OR sum(nanos) <> 0 OR sum(outcomes) > 0";
  return ok(
    await source.query(
      `SELECT ${list(rows.labels, [...sums, ...counts])} FROM (${parts.join(" UNION ALL BY NAME ")}) ${rows.group} ${isThere}
       ORDER BY ${list(orders[sort], rows.labels)} LIMIT ${groupsMax + 1}`,
      parameters.values,
    ),
  );
}

/** As entries and all sums of them have them. */
const added = ["nanos", "net_nanos", "estimated_nanos", "unpriced", "calls", "stands", "tokens_in", "tokens_out"];
const countedOnce = ["steps", "interactions", "users", "sessions"];
const counted = ["unpriced", "calls", "tokens_in", "tokens_out", "outcomes", "successes", "valued", ...countedOnce];

/**
 * Each kind of what is counted once by a query of its own: as several `count(DISTINCT …)` of one query they take twice the time,
 * and three times by feature.
 */
function unitParts({ labels, group, sums, different }: RowsSql, slice: Slice, made: Made): readonly string[] {
  const isOfAll = slice.dimensions.length === 0 && Object.values(slice.filter).every((values) => values.length === 0);
  const summed = isOfAll ? summedParts(slice, made.sums[0], added) : undefined;
  const counts = isOfAll ? differentParts(slice, made.seen) : undefined;
  const told = made.seen.kinds.map(
    ({ kind, id, where }) =>
      `SELECT ${list(labels, [`count(*) AS ${kind}`])} FROM (${different([`${id} AS id`], where)}) ${group}`,
  );
  return [...(summed ?? [sums(added)]), ...(counts ?? told)];
}

function toCosts(row: SqlRow, of: number): UnitCosts {
  const amount = (name: string) => (row[name] === undefined ? 0n : BigInt(nanos(row, name)));
  const number = (name: string) => (row[name] === undefined ? 0 : count(row, name));
  const [gross, net, value] = [amount("nanos"), amount("net_nanos"), amount("value_nanos")];
  const each = (over: number) => average(gross * BigInt(of), over)?.toString();
  const per = (name: string) => each(number(name));
  return {
    gross_nanos: gross.toString(),
    net_nanos: net.toString(),
    tare_nanos: (gross - net).toString(),
    tare_ratio: tareRatio(gross, net),
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

/** Rounded to a nano, half away from zero; undefined over nothing. */
function average(amount: bigint, over: number): bigint | undefined {
  if (over <= 0) return undefined;
  const divisor = BigInt(over);
  const half = amount < 0n ? -divisor : divisor;
  return (amount * 2n + half) / (divisor * 2n);
}
