/** What a month has to share, by what it may be shared, and what needs no sharing; the three never overlap. */
import { groupOperation } from "#inference";
import { type SqlRow, type SqlSource, wordCode } from "#ledger";
import { err, ok, type Result, unreachable } from "#std";
import { codedWords, type Dimension, filterSql, labelKey, parseDimensions, rowKey } from "./dimension.ts";
import { type Answered, type Filter, type QuestionProblem } from "./question.ts";
import { count, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { TimeZone } from "./time-zone.ts";

export interface MonthQuestion {
  /** Such as 2026-11, cut in the zone. */
  readonly month: string;
  readonly tz: string;
  /** Filters of the rules that share: what they fit is shared, as is what no feature, team or customer carries. */
  readonly taken: readonly Filter[];
}

export type Quantity =
  | { readonly type: "cost" | "tokens" | "requests" | "entries" | "even" }
  /** `ofGroups`: whether what only holds steps together counts as one. */
  | { readonly type: "steps"; readonly kind: string; readonly ofGroups?: "not" }
  /** One of the classes of usage. */
  | { readonly type: "usage"; readonly class: string };

export interface QuantityQuestion extends MonthQuestion {
  readonly by: readonly string[];
  readonly measure: Quantity;
  /** Of the busiest hour, for each of `by` its own. */
  readonly isPeak: boolean;
  readonly filter: Filter;
}

interface Grouped {
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface PooledRow extends Grouped {
  readonly nanos: bigint;
  /** What only holds steps together is none. */
  readonly entries: number;
  /** Entries whose cost is unknown; not in `nanos`. */
  readonly unpriced: number;
  /** The id of one of them. */
  readonly entry: string;
}

export interface QuantityRow extends Grouped {
  readonly quantity: bigint;
}

export interface CallRow extends Grouped {
  readonly calls: bigint;
  readonly tokens: bigint;
  readonly nanos: bigint;
}

const NONE = wordCode("(none)");
/** Steps and bills; what is no attempt of a call. */
const NO_CALL = "number < 1";
/** It costs nothing of itself, and is no step. Before it was told apart it was one, and stays so. */
const IS_GROUP = `coalesce(number = 0 AND operation = (SELECT code FROM words WHERE word = '${groupOperation}'), false)`;

interface Opened {
  readonly dimensions: readonly Dimension[];
  readonly where: string;
  readonly parameters: Parameters;
}

/** Entries of the month that are shared, or those that are not, as far as the filter lets them through. */
async function open(
  source: SqlSource,
  question: MonthQuestion & { readonly by: readonly string[]; readonly filter: Filter },
  which: "shared" | "own",
): Promise<Result<Opened, QuestionProblem>> {
  const { month, tz, taken, by, filter } = question;
  const zone = TimeZone.open(tz);
  if (!zone.ok) return zone;
  const range = zone.value.rangeOf("month", month);
  if (range === undefined) return err({ type: "bad-question", field: "month", detail: "Write a month as 2027-01." });
  const dimensions = parseDimensions(by, "by");
  if (!dimensions.ok) return dimensions;
  const codes = await source.codesOf([filter, ...taken].flatMap(codedWords));
  const parameters = new Parameters();
  const filtering = { table: "entry_rows", zone: zone.value, parameters, codes } as const;
  const fits: string[] = [`(feature = ${NONE} AND team = ${NONE} AND customer = ${NONE})`];
  for (const each of taken) {
    const sql = filterSql(each, filtering);
    if (!sql.ok) return sql;
    fits.push(`(${["true", ...sql.value].join(" AND ")})`);
  }
  const filtered = filterSql(filter, filtering);
  if (!filtered.ok) return filtered;
  const shared = `(${NO_CALL} AND (${fits.join(" OR ")}))`;
  const [from, to] = range;
  const where = [
    `incurred_at >= ${parameters.add(from)} AND incurred_at < ${parameters.add(to)}`,
    which === "shared" ? shared : `NOT ${shared}`,
    ...filtered.value,
  ].join(" AND ");
  return ok({ dimensions: dimensions.value, where, parameters });
}

/** `sums` have a partial form, over entries, and a joining form, over partial sums that turn out to have the same labels. */
function groupedSql({ dimensions, where, parameters }: Opened, sums: readonly Sum[]): string {
  const stretches: readonly never[] = [];
  const keys = dimensions.map((each, at) => `${rowKey(each, "entry_rows", { stretches, parameters })} AS k${at}`);
  const labels = dimensions.map((each, at) => `${labelKey(each, `k${at}`, parameters)} AS d${at}`);
  const names = dimensions.map((_, at) => `d${at}`);
  const partial = sums.map(({ name, of }) => `${of} AS ${name}`);
  const joined = sums.map(({ name, joining }) => `${joining}(${name}) AS ${name}`);
  const keyNames = dimensions.map((_, at) => `k${at}`);
  return `
    WITH parts AS (SELECT ${[...keys, ...partial].join(", ")} FROM entry_rows WHERE ${where} ${groupBy(keyNames)}),
    labelled AS (SELECT ${[...labels, ...sums.map(({ name }) => name)].join(", ")} FROM parts)
    SELECT ${[...names, ...joined].join(", ")} FROM labelled ${groupBy(names)} ORDER BY ${names.join(", ") || "1"}`;
}

function groupBy(columns: readonly string[]): string {
  return columns.length === 0 ? "" : `GROUP BY ${columns.join(", ")}`;
}

interface Sum {
  readonly name: string;
  readonly of: string;
  readonly joining: "sum" | "min" | "max";
}

function dimensionsOf(row: SqlRow, dimensions: readonly Dimension[]): Record<string, string> {
  return Object.fromEntries(dimensions.map(({ name }, index) => [name, text(row, `d${index}`)]));
}

const money = { name: "nanos", of: "coalesce(sum(nanos), 0)::HUGEINT", joining: "sum" } as const;

type Own = MonthQuestion & { readonly by: readonly string[]; readonly filter: Filter };

/** The questions that allocations are derived from. */
export class CostPools {
  readonly #source: SqlSource;

  constructor(source: SqlSource) {
    this.#source = source;
  }

  /** Answers all that is asked of the pools given from one moment of the ledger, so that it adds up. */
  atOneMoment<Value>(ask: (costs: CostPools) => Promise<Value>): Promise<Value> {
    return this.#source.atOneMoment((source) => ask(new CostPools(source)));
  }

  /** Entries that are shared, added up where they are alike in all of `by`. */
  pooled(question: MonthQuestion & { readonly by: readonly string[] }): Answered<readonly PooledRow[]> {
    return askShared(this.#source, question);
  }

  /** What is not shared, in a quantity of its own. Sums that corrections take below zero are 0: nobody used less than nothing. */
  quantity(question: QuantityQuestion): Answered<readonly QuantityRow[]> {
    return askQuantity(this.#source, question);
  }

  /** Money that needs no sharing, exactly as booked. */
  own(question: Own): Answered<readonly OwnRow[]> {
    return askOwn(this.#source, question);
  }

  /** Calls by any dimensions: how many, with how many tokens, at what cost. */
  calls(question: Own): Answered<readonly CallRow[]> {
    return askCallCosts(this.#source, question);
  }

  /** Those of the months that have entries which were booked since. */
  lateMonths(question: LateQuestion): Promise<readonly string[]> {
    return askLateMonths(this.#source, question);
  }

  /**
   * What each feature spent on interactions by how they ended: the name of a success, else of what was reported, else `(none)`.
   * An interaction with several counts for the first of its successes by name.
   */
  outcomes(question: MonthQuestion): Answered<readonly QuantityRow[]> {
    return askOutcomeCosts(this.#source, question);
  }
}

interface OwnRow extends Grouped {
  readonly nanos: bigint;
}

interface LateQuestion {
  readonly months: readonly { readonly month: string; readonly since: number }[];
  readonly tz: string;
}

async function askShared(
  source: SqlSource,
  question: MonthQuestion & { readonly by: readonly string[] },
): Promise<Result<readonly PooledRow[], QuestionProblem>> {
  const opened = await open(source, { ...question, filter: {} }, "shared");
  if (!opened.ok) return opened;
  const sql = groupedSql(opened.value, [
    money,
    { name: "entries", of: `count(*) FILTER (NOT ${IS_GROUP})`, joining: "sum" },
    { name: "unpriced", of: "coalesce(sum(unpriced), 0)", joining: "sum" },
    { name: "entry", of: `min(attempt) FILTER (NOT ${IS_GROUP})`, joining: "min" },
  ]);
  const rows = await source.query(sql, opened.value.parameters.values);
  const booked = rows.filter((row) => count(row, "entries") > 0);
  return ok(
    booked.map((row) => ({
      dimensions: dimensionsOf(row, opened.value.dimensions),
      nanos: BigInt(nanos(row, "nanos")),
      entries: count(row, "entries"),
      unpriced: count(row, "unpriced"),
      entry: text(row, "entry"),
    })),
  );
}

async function askQuantity(
  source: SqlSource,
  question: QuantityQuestion,
): Promise<Result<readonly QuantityRow[], QuestionProblem>> {
  const opened = await open(source, question, "own");
  if (!opened.ok) return opened;
  const { dimensions, parameters } = opened.value;
  const of = quantitySql(question.measure, parameters);
  const sql = question.isPeak
    ? peakSql(opened.value, of)
    : groupedSql(opened.value, [{ name: "quantity", of, joining: question.measure.type === "even" ? "max" : "sum" }]);
  const rows = await source.query(sql, parameters.values);
  return ok(
    rows.map((row) => {
      const quantity = BigInt(nanos(row, "quantity"));
      return {
        dimensions: dimensionsOf(row, dimensions),
        quantity: quantity < 0n ? 0n : quantity,
      };
    }),
  );
}

async function askOwn(source: SqlSource, question: Own): Promise<Result<readonly OwnRow[], QuestionProblem>> {
  const opened = await open(source, question, "own");
  if (!opened.ok) return opened;
  const rows = await source.query(groupedSql(opened.value, [money]), opened.value.parameters.values);
  return ok(
    rows.map((row) => ({
      dimensions: dimensionsOf(row, opened.value.dimensions),
      nanos: BigInt(nanos(row, "nanos")),
    })),
  );
}

async function askCallCosts(
  source: SqlSource,
  question: MonthQuestion & { readonly by: readonly string[]; readonly filter: Filter },
): Promise<Result<readonly CallRow[], QuestionProblem>> {
  const opened = await open(source, question, "own");
  if (!opened.ok) return opened;
  const calls = { ...opened.value, where: `${opened.value.where} AND NOT ${NO_CALL}` };
  const sql = groupedSql(calls, [
    money,
    { name: "calls", of: "coalesce(sum(calls), 0)::HUGEINT", joining: "sum" },
    { name: "tokens", of: quantitySql({ type: "tokens" }, calls.parameters), joining: "sum" },
  ]);
  const rows = await source.query(sql, calls.parameters.values);
  return ok(
    rows.map((row) => ({
      dimensions: dimensionsOf(row, calls.dimensions),
      nanos: BigInt(nanos(row, "nanos")),
      calls: BigInt(nanos(row, "calls")),
      tokens: BigInt(nanos(row, "tokens")),
    })),
  );
}

function quantitySql(measure: Quantity, parameters: Parameters): string {
  switch (measure.type) {
    case "cost":
      return "coalesce(sum(nanos), 0)::HUGEINT";
    case "tokens":
      return "coalesce(sum(coalesce(tokens_in, 0) + coalesce(tokens_out, 0)), 0)::HUGEINT";
    case "requests":
      return "coalesce(sum(calls), 0)::HUGEINT";
    case "entries":
      return "coalesce(sum(stands), 0)::HUGEINT";
    case "even":
      return "(CASE WHEN sum(stands) > 0 THEN 1 ELSE 0 END)::HUGEINT";
    case "steps": {
      const kind = `(SELECT code FROM words WHERE word = ${parameters.add(measure.kind)})`;
      const one = `CASE WHEN state = ${wordCode("correction")} THEN -1 ELSE 1 END`;
      const counts = `number = 0 AND kind = ${kind}${measure.ofGroups === "not" ? ` AND NOT ${IS_GROUP}` : ""}`;
      return `coalesce(sum(CASE WHEN ${counts} THEN ${one} ELSE 0 END), 0)::HUGEINT`;
    }
    case "usage": {
      const used = `json_extract_string(detail, ${parameters.add(`$.usage.${measure.class}`)})`;
      return `coalesce(sum(TRY_CAST(${used} AS HUGEINT)), 0)::HUGEINT`;
    }
    default:
      return unreachable(measure);
  }
}

/** Each value's busiest hour, in UTC. */
function peakSql(opened: Opened, of: string): string {
  const { dimensions, where, parameters } = opened;
  const keys = dimensions.map((each, at) => `${rowKey(each, "entry_rows", { stretches: [], parameters })} AS k${at}`);
  const keyNames = dimensions.map((_, at) => `k${at}`);
  const labels = dimensions.map((each, at) => `${labelKey(each, `k${at}`, parameters)} AS d${at}`);
  const names = dimensions.map((_, at) => `d${at}`);
  return `
    WITH parts AS (
      SELECT ${[...keys, "quarter // 4 AS hour", `${of} AS quantity`].join(", ")} FROM entry_rows WHERE ${where}
      GROUP BY ${[...keyNames, "hour"].join(", ")}),
    hours AS (SELECT ${[...labels, "hour"].join(", ")}, quantity FROM parts),
    sums AS (SELECT ${names.join(", ")}, hour, sum(quantity) AS quantity FROM hours GROUP BY ${names.join(", ")}, hour)
    SELECT ${names.join(", ")}, max(quantity)::HUGEINT AS quantity FROM sums GROUP BY ${names.join(", ")} ORDER BY ${names.join(", ")}`;
}

async function askLateMonths(source: SqlSource, { months, tz }: LateQuestion): Promise<readonly string[]> {
  const zone = TimeZone.open(tz);
  if (!zone.ok) return [];
  const late: string[] = [];
  for (const { month, since } of months) {
    const range = zone.value.rangeOf("month", month);
    if (range === undefined) continue;
    const parameters = new Parameters();
    const within = `incurred_at >= ${parameters.add(range[0])} AND incurred_at < ${parameters.add(range[1])}`;
    const found = await source.query(
      `SELECT 1 AS found FROM entry_rows WHERE ${within} AND booked_at >= ${parameters.add(since)} LIMIT 1`,
      parameters.values,
    );
    if (found.length > 0) late.push(month);
  }
  return late;
}

async function askOutcomeCosts(
  source: SqlSource,
  question: MonthQuestion,
): Promise<Result<readonly QuantityRow[], QuestionProblem>> {
  const opened = await open(source, { ...question, by: ["feature"], filter: {} }, "own");
  if (!opened.ok) return opened;
  const { where, parameters, dimensions } = opened.value;
  const rows = await source.query(
    `WITH named AS (
       SELECT tenant, interaction, word, sum(successes) > 0 AS is_success
       FROM outcome_rows JOIN words ON code = name GROUP BY tenant, interaction, word HAVING sum(outcomes) > 0),
     ended AS (
       SELECT tenant, interaction, coalesce(min(CASE WHEN is_success THEN word END), min(word)) AS outcome
       FROM named GROUP BY tenant, interaction),
     spent AS (SELECT feature AS d0, tenant, interaction, sum(nanos) AS nanos FROM entry_rows WHERE ${where}
       GROUP BY feature, tenant, interaction)
     SELECT d0, coalesce(outcome, '(none)') AS outcome, coalesce(sum(nanos), 0)::HUGEINT AS quantity
     FROM spent LEFT JOIN ended USING (tenant, interaction) GROUP BY d0, outcome ORDER BY d0, outcome`,
    parameters.values,
  );
  return ok(
    rows.map((row) => {
      const quantity = BigInt(nanos(row, "quantity"));
      return {
        dimensions: { ...dimensionsOf(row, dimensions), outcome: text(row, "outcome") },
        quantity: quantity < 0n ? 0n : quantity,
      };
    }),
  );
}
