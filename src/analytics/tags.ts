/** Which tags there are: their names, or the values of one of them. */
import { type SqlSource } from "#ledger";
import { ok, type Result } from "#std";
import { type Dimension, labelKey, parseDimensions } from "./dimension.ts";
import { type Filter, type QuestionProblem } from "./question.ts";
import { nanos, text } from "./read-row.ts";
import { openSlice } from "./slice.ts";
import { IS_THERE, orderingPartsSql } from "./spend.ts";
import { Parameters } from "./sql-text.ts";

export interface TagQuestion {
  readonly from: string;
  readonly to: string;
  /** Of which tag the values; without it the names of all tags. */
  readonly name?: string | undefined;
  /** Only names, or values, with this in them, in capitals or not. */
  readonly find?: string | undefined;
  readonly filter: Filter;
  readonly limit: number;
}

export interface TagRows {
  rows: { readonly name: string; readonly value: string | undefined; readonly gross_nanos: string }[];
  /** There are more than these. */
  readonly is_cut: boolean;
}

/** The text of all tags of a row, whatever their names: only what rows are grouped by is asked of it. */
const anyTag: Dimension = { type: "tag", name: "tag.", tag: "", path: "$" };

/** A bill may bring names that no question can hold: those that `tag.NAME` cannot say. */
const CAN_BE_ASKED = "(length(said) BETWEEN 1 AND 64 AND NOT regexp_matches(said, '[,[:cntrl:]]'))";

/** The dearest first. What has no such tag is told among its values, as spend tells it. */
export async function askTags(source: SqlSource, question: TagQuestion): Promise<Result<TagRows, QuestionProblem>> {
  // Before the rows are read: the entries say what is booked meanwhile.
  const sums = source.sums();
  const { from, to, name, find = "", filter, limit } = question;
  const slice = await openSlice(source, { by: [], from, to, tz: "UTC", filter });
  if (!slice.ok) return slice;
  const asked = name === undefined ? ok([anyTag]) : parseDimensions([`tag.${name}`], "name");
  if (!asked.ok) return asked;
  const [dimension = anyTag] = asked.value;
  const parameters = new Parameters();
  const parts = orderingPartsSql({ ...slice.value, dimensions: [dimension] }, { parameters, sums });
  if (!parts.ok) return parts;
  const told =
    name === undefined
      ? "SELECT unnest(json_keys(word)) AS said, coded.* FROM coded JOIN words ON code = k0 WHERE starts_with(word, '{')"
      : `SELECT ${labelKey(dimension, "k0", parameters)} AS said, coded.* FROM coded`;
  const where = [
    ...(name === undefined ? [CAN_BE_ASKED] : []),
    ...(find === "" ? [] : [`contains(lower(said), lower(${parameters.add(find)}))`]),
  ];
  const found = await source.query(
    `WITH coded AS MATERIALIZED (
       SELECT k0, sum(gross_nanos) AS gross_nanos, sum(stands) AS stands, sum(refused) AS refused
       FROM (${parts.value}) GROUP BY k0
     )
     SELECT said, coalesce(sum(gross_nanos), 0)::HUGEINT AS gross_nanos FROM (${told})
     WHERE ${["true", ...where].join(" AND ")} GROUP BY said HAVING ${IS_THERE}
     ORDER BY gross_nanos DESC, said LIMIT ${parameters.add(limit + 1)}`,
    parameters.values,
  );
  const rows = found.slice(0, limit).map((row) => {
    const said = text(row, "said");
    const named = name === undefined ? { name: said, value: undefined } : { name, value: said };
    return { ...named, gross_nanos: nanos(row, "gross_nanos") };
  });
  return ok({ rows, is_cut: found.length > limit });
}
