/** Which interactions are meant, as SQL: an attribute is one's own when a step of it in the range has it. */
import { isKnownWord, type SqlSource, wordCode } from "#ledger";
import { err, ok, type Result } from "#std";
import { codedWords, filterSql } from "./dimension.ts";
import { type Filter, type QuestionProblem } from "./question.ts";
import { count, maybeNumber } from "./read-row.ts";
import { type Range } from "./slice.ts";
import { standingRows } from "./standing-rows.ts";
import { type Parameters } from "./sql-text.ts";
import { TimeZone } from "./time-zone.ts";

export interface InteractionSearch {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** How its id begins. */
  readonly id?: string | undefined;
  /** Of one of its calls or steps; `refused`, or `problems` for everything but answered. */
  readonly state?: string | undefined;
  /** Our code of a refusal, or the error of an attempt or step. */
  readonly code?: string | undefined;
  /** HTTP status of the same. */
  readonly status?: number | undefined;
  /** Whose. */
  readonly tenant?: string | undefined;
  readonly filter: Filter;
}

/** A search with everything looked up that SQL is made of. */
export interface OpenedSearch extends Omit<InteractionSearch, "from" | "to"> {
  /** As far as any entry is booked. */
  readonly range: Range;
  /** A call may be refused after all steps. */
  readonly refusedIn: Range;
  /** Whether all that is booked lies in the range. */
  readonly isAll: boolean;
  readonly zone: TimeZone;
  readonly codes: ReadonlyMap<string, number>;
}

export async function openSearch(
  source: SqlSource,
  { from, to, ...narrowed }: InteractionSearch,
): Promise<Result<OpenedSearch, QuestionProblem>> {
  const zone = TimeZone.open("UTC");
  if (!zone.ok) return zone;
  const asked = { from: Date.parse(from ?? BEGINNING), to: Date.parse(to ?? END) };
  for (const field of ["from", "to"] as const)
    if (Number.isNaN(asked[field])) return err({ type: "bad-question", field, detail: "Not an RFC 3339 instant." });
  const { code, tenant, filter } = narrowed;
  const words = [code, tenant].filter((word) => word !== undefined);
  const codes = await source.codesOf([...codedWords(filter), ...words]);
  const [row = {}] = await source.query(
    "SELECT min(incurred_at) AS first, max(incurred_at) AS last FROM entry_rows",
    [],
  );
  const first = maybeNumber(row, "first") ?? asked.to;
  const end = maybeNumber(row, "last") === undefined ? asked.from : count(row, "last") + 1;
  const range = { from: Math.max(asked.from, first), to: Math.min(asked.to, end) };
  const isAll = asked.from <= first && asked.to >= end;
  return ok({ ...narrowed, range, refusedIn: asked, isAll, zone: zone.value, codes });
}

const BEGINNING = "1970-01-01T00:00:00Z";
const END = "9999-12-31T00:00:00Z";

/** What some questions ask of every interaction, beside what all do. */
export const addable = ["estimated_nanos", "unpriced"] as const;

/** That somebody said how long a step took, or that steps began at different times: without both, no time is not zero. */
export const isTimed = "(count(duration_ms) > 0 OR max(incurred_at) > min(incurred_at))";

/**
 * Whole interactions, each with what it cost and took in all its rows, in the range or not. `from` leaves out those of the range
 * that have no row after it. Rows are found by their hash, which several interactions may have, so that each is asked again
 * whether it is meant.
 */
export function wholeSql(
  opened: OpenedSearch,
  { from, sums }: { readonly from: number; readonly sums: readonly (typeof addable)[number][] },
  parameters: Parameters,
): Result<string, QuestionProblem> {
  const { id, tenant, codes, range, refusedIn, isAll } = opened;
  const conditions = conditionsSql(opened, parameters);
  if (!conditions.ok) return conditions;
  const isOnlyIn = conditions.value.length === 0 && !(isAll && from === range.from);
  const needed = isOnlyIn ? [{ ofEntries: "true" }] : conditions.value;
  const isIn = (at: string, within: Range) =>
    `${at} >= ${parameters.add(within.from)} AND ${at} < ${parameters.add(within.to)}`;
  const always = [
    "number >= 0",
    ...(id === undefined ? [] : [`starts_with(interaction, ${parameters.add(id)})`]),
    ...(tenant === undefined ? [] : [`tenant = ${codes.get(tenant) ?? 0}`]),
  ];
  const rows = needed.map(({ ofEntries }) => `${isIn("incurred_at", { ...range, from })} AND ${ofEntries}`);
  // Of refusals those of the whole range: one may stand before all steps, or after them.
  const refusals = needed.map(({ ofRefusals }) =>
    ofRefusals === undefined ? undefined : `refusal_rows WHERE ${isIn("refused_at", refusedIn)} AND ${ofRefusals}`,
  );
  const hashes = rows.map((row, index) => {
    const ofEntries = `SELECT interaction_hash FROM entry_rows WHERE ${[...always, row].join(" AND ")}`;
    const refused = refusals[index];
    const ofRefusals = refused === undefined ? "" : ` UNION ALL SELECT interaction_hash FROM ${refused}`;
    return `interaction_hash IN (${ofEntries}${ofRefusals})`;
  });
  const isMeant = refusals.map((refused, index) =>
    refused === undefined
      ? `has${index}`
      : `(has${index} OR (tenant, interaction) IN (SELECT (tenant, interaction) FROM ${refused}))`,
  );
  return ok(`SELECT * FROM (
      SELECT tenant, interaction, any_value(interaction_hash) AS hash, min(incurred_at) AS first_at,
        max(incurred_at) AS last_at,
        (max(incurred_at + coalesce(duration_ms, 0)::BIGINT) - min(incurred_at))::BIGINT AS duration_ms,
        ${isTimed} AS is_timed,
        coalesce(sum(nanos), 0)::BIGINT AS gross_nanos
        ${sums.map((name) => `, coalesce(sum(${name}), 0)::BIGINT AS ${name}`).join("")}
        ${rows.map((row, index) => `, bool_or(coalesce(${row}, false)) AS has${index}`).join("")}
      FROM ${standingRows([...always, ...hashes].join(" AND "))} GROUP BY tenant, interaction)
    WHERE ${["true", ...isMeant].join(" AND ")}`);
}

/** What must be true of one of the rows in the range; where a refusal may be that row, also of refusals. */
interface Condition {
  readonly ofEntries: string;
  readonly ofRefusals?: string;
}

function conditionsSql(
  { state, code, status, filter, zone, codes }: OpenedSearch,
  parameters: Parameters,
): Result<readonly Condition[], QuestionProblem> {
  const filtered = filterSql(filter, { table: "entry_rows", zone, parameters, codes });
  if (!filtered.ok) return filtered;
  const conditions: Condition[] = filtered.value.map((ofEntries) => ({ ofEntries }));
  if (state !== undefined) conditions.push(stateCondition(state));
  // A word that nothing was booked with has no code, and 0 is nobody's.
  const coded = codes.get(code ?? "") ?? 0;
  if (code !== undefined) conditions.push({ ofEntries: `error = ${coded}`, ofRefusals: `code = ${coded}` });
  if (status !== undefined) {
    const has = `status = ${parameters.add(status)}`;
    conditions.push({ ofEntries: has, ofRefusals: has });
  }
  return ok(conditions);
}

/** How a step ended, or a call by its last attempt. */
function stateCondition(state: string): Condition {
  const isEnd = "(call_end OR number = 0)";
  const fine = `(${wordCode("answered")}, ${wordCode("correction")})`;
  if (state === "problems") return { ofEntries: `${isEnd} AND state NOT IN ${fine}`, ofRefusals: "true" };
  if (state === "refused") return { ofEntries: "false", ofRefusals: "true" };
  return { ofEntries: isKnownWord(state) ? `${isEnd} AND state = ${wordCode(state)}` : "false" };
}
