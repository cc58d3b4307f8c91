/** Outcomes of the interactions that a slice has entries of, whenever they were reported. */
import { wordCode } from "#ledger";
import { ok, type Result } from "#std";
import { type QuestionProblem } from "./question.ts";
import { type Slice, whereSql } from "./slice.ts";
import { type Parameters } from "./sql-text.ts";
import { groupBy, list, rowsSql, sumsOf } from "./unit-rows.ts";

const NONE = wordCode("(none)");
const values = ["outcomes", "successes", "valued", "value_nanos"];

/** `named` is SQL over outcomes: of those that it lets through. */
export function outcomesPart(slice: Slice, named: string, parameters: Parameters): Result<string, QuestionProblem> {
  const { customer: customers = [], ...others } = slice.filter;
  const isOfCustomers = customers.length > 0 || slice.dimensions.some(({ name }) => name === "customer");
  return isOfCustomers
    ? ownedPart(slice, { named, customers, others }, parameters)
    : sharedPart(slice, named, parameters);
}

/** An outcome counts wherever its interaction has entries. Most interactions have none, which a number tells quickly. */
function sharedPart(slice: Slice, named: string, parameters: Parameters): Result<string, QuestionProblem> {
  const where = whereSql(slice, "entry_rows", parameters);
  if (!where.ok) return where;
  const { labels, group, different } = rowsSql(slice, where.value, parameters);
  return ok(`SELECT ${list(labels, sumsOf(values))} FROM (${different(["tenant", "interaction"], hasOutcome(named))})
    JOIN (SELECT ${list(["tenant", "interaction"], sumsOf(values))} FROM outcome_rows WHERE ${named} GROUP BY tenant, interaction)
    USING (tenant, interaction) ${group}`);
}

interface Owned {
  readonly named: string;
  /** Of the filter; none where it lets all through. */
  readonly customers: readonly string[];
  /** What else is filtered by. */
  readonly others: Slice["filter"];
}

/**
 * By customer, an outcome is one customer's: whom it names, else the interaction's own. So what their outcomes are worth adds
 * up to the whole, and a customer has under a filter what their row has without one.
 */
function ownedPart(
  slice: Slice,
  { named, customers, others }: Owned,
  parameters: Parameters,
): Result<string, QuestionProblem> {
  const rest = { ...slice, filter: others, dimensions: slice.dimensions.filter(({ name }) => name !== "customer") };
  const where = whereSql(rest, "entry_rows", parameters);
  if (!where.ok) return where;
  const all = whereSql({ ...slice, filter: {} }, "entry_rows", parameters);
  if (!all.ok) return all;
  const { different } = rowsSql(rest, where.value, parameters);
  const labels = slice.dimensions.map(({ name }, index) => {
    const place = rest.dimensions.findIndex((other) => other.name === name);
    return `${place === -1 ? "owner" : `found.d${place}`} AS d${index}`;
  });
  const codes = customers.map((name) => slice.codes.get(name) ?? 0);
  const isWanted = codes.length === 0 ? "true" : `owner IN (${codes.join(", ")})`;
  const owned = `SELECT ${list(["tenant", "interaction", `CASE WHEN said <> ${NONE} THEN said ELSE own END AS owner`], values)}
    FROM (SELECT ${list(["tenant", "interaction", "customer AS said"], values)} FROM outcome_rows WHERE ${named})
    JOIN (${ownersSql(`${all.value} AND ${hasOutcome(named)}`)}) USING (tenant, interaction)`;
  return ok(`SELECT ${list(labels, sumsOf(values))}
    FROM (${different(["tenant", "interaction"], hasOutcome(named))}) AS found JOIN (${owned}) USING (tenant, interaction)
    WHERE ${isWanted} ${groupBy(labels.map((_, index) => `${index + 1}`))}`);
}

/** Each interaction's own customer: who costs most in it, of equal ones who came first, and nobody only where nobody has a name. */
function ownersSql(where: string): string {
  return `SELECT tenant, interaction, customer AS own FROM (
      SELECT tenant, interaction, customer, coalesce(sum(nanos), 0) AS cost, min(incurred_at) AS first_at FROM entry_rows
      WHERE ${where} GROUP BY tenant, interaction, customer HAVING sum(stands) > 0
    ) QUALIFY row_number() OVER (
      PARTITION BY tenant, interaction ORDER BY customer = ${NONE}, cost DESC, first_at, customer
    ) = 1`;
}

function hasOutcome(named: string): string {
  return `interaction_hash IN (SELECT interaction_hash FROM outcome_rows WHERE ${named})`;
}
