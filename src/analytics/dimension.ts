/** What questions group and filter by, as SQL over entries and over refusals. */
import { type SqlSource, wordCode } from "#ledger";
import { assert, err, ok, type Result } from "#std";
import { type QuestionProblem } from "./question.ts";
import { type Parameters } from "./sql-text.ts";
import { type TimeUnit, timeUnits, type TimeZone, type ZoneStretch } from "./time-zone.ts";

const NONE = "(none)";
const NONE_CODE = wordCode(NONE);

/** What has an instant of its own in each row. */
export type RowTable = "entry_rows" | "refusal_rows";
export type Table = RowTable | "sums";
/** One of the ledger's tables of sums. */
export type Sums = ReturnType<SqlSource["sums"]>[number];

/** `value`: the row's own text. `tag`: one of its tags. `time`: the unit it falls into. */
export type Dimension =
  | ValueDimension
  | { readonly type: "tag"; readonly name: string; readonly tag: string; readonly path: string }
  | { readonly type: "time"; readonly name: TimeUnit };

interface ValueDimension {
  readonly type: "value";
  readonly name: string;
  readonly isOnRefusals: boolean;
  readonly mayLack: boolean;
}

const always = ["feature", "team", "customer", "user", "environment", "session"];
const onBoth = ["key", "route", "model"];
const onEntries = ["target", "provider", "layer", "purpose", "kind", "step"];

function parseDimension(name: string, field: string): Result<Dimension, QuestionProblem> {
  const unit = timeUnits.find((known) => known === name);
  if (unit !== undefined) return ok({ type: "time", name: unit });
  if (always.includes(name)) return ok({ type: "value", name, isOnRefusals: true, mayLack: false });
  if (onBoth.includes(name)) return ok({ type: "value", name, isOnRefusals: true, mayLack: true });
  if (onEntries.includes(name)) return ok({ type: "value", name, isOnRefusals: false, mayLack: name === "step" });
  const tag = name.startsWith("tag.") ? name.slice("tag.".length) : "";
  if (tag !== "") return ok({ type: "tag", name, tag, path: `$.${JSON.stringify(tag)}` });
  return err({ type: "bad-question", field, detail: "There is no such dimension." });
}

export function parseDimensions(names: readonly string[], field: string): Result<Dimension[], QuestionProblem> {
  const parsed: Dimension[] = [];
  for (const name of names) {
    const dimension = parseDimension(name, field);
    if (!dimension.ok) return dimension;
    parsed.push(dimension.value);
  }
  return ok(parsed);
}

/** Code of a row's own value; absent where it has none. */
function codeOf({ name, isOnRefusals }: ValueDimension, table: Table): string {
  return table === "refusal_rows" && !isOnRefusals ? `${NONE_CODE}::UINTEGER` : `"${name}"`;
}

function orNone({ mayLack }: ValueDimension, code: string): string {
  return mayLack ? `coalesce(${code}, ${NONE_CODE})` : code;
}

export function instantColumn(table: RowTable): string {
  return table === "entry_rows" ? "incurred_at" : "refused_at";
}

export const QUARTER_MS = 900_000;

/** Whether sums say enough to group by these dimensions, in this zone, what the filter lets through. */
export function isSaidBy(
  { words, grain }: Sums,
  dimensions: readonly Dimension[],
  {
    stretches,
    filter,
  }: { readonly stretches: readonly ZoneStretch[]; readonly filter: Readonly<Record<string, readonly string[]>> },
): boolean {
  const filtered = Object.keys(filter).filter((name) => filter[name]?.length !== 0);
  const isOfQuarters = grain === 1 && stretches.slice(1).every(({ from }) => from % QUARTER_MS === 0);
  const has = (name: string) => words.includes(name.startsWith("tag.") ? "tags" : name);
  return (
    dimensions.every(({ type, name }) => (type === "time" ? isOfQuarters && name !== "minute" : has(name))) &&
    filtered.every(has)
  );
}

export interface Cutting {
  readonly stretches: readonly ZoneStretch[];
  readonly parameters: Parameters;
}

/**
 * What all rows are grouped by: numbers, and fine enough that `labelKey` can make the rest of far fewer rows. Local days for
 * days and all that is made of them, the minute in UTC at which an hour or minute starts, codes of values and of all tags
 * of a row as one text.
 */
export function rowKey(dimension: Dimension, table: Table, { stretches, parameters }: Cutting): string {
  if (dimension.type === "tag") return "tags";
  if (dimension.type === "value") return codeOf(dimension, table);
  const { name: unit } = dimension;
  // Sums have no instants; `isSaidBy` sees to it that none is needed.
  const at = table === "sums" ? "quarter" : instantColumn(table);
  if (unit === "minute") return `${at} // 60000`;
  const offset = offsetSql(at, stretches, parameters);
  if (unit === "hour") return `((quarter + ${offset}) // 4 * 4 - ${offset}) * 15`;
  return `(quarter + ${offset}) // 96`;
}

/** Quarter hours that local time is ahead. Zones have been off by whole quarters since 1972. */
function offsetSql(at: string, stretches: readonly ZoneStretch[], parameters: Parameters): string {
  const quarters = stretches.map(({ offsetMs }) => `${parameters.add(Math.round(offsetMs / QUARTER_MS))}::INTEGER`);
  const last = quarters.at(-1) ?? "0";
  if (quarters.length === 1) return last;
  // Quarters are compared where they can be: 32 bits, and a column that is read anyway.
  const cases = stretches.slice(1).map(({ from }, index) => {
    const isQuarter = from % QUARTER_MS === 0;
    const before = isQuarter ? `quarter < ${from / QUARTER_MS}` : `${at} < ${parameters.add(from)}`;
    return `WHEN ${before} THEN ${quarters[index] ?? "0"}`;
  });
  return `(CASE ${cases.join(" ")} ELSE ${last} END)`;
}

/** From the key of rows to the code or text of the dimension's value, or the number that `TimeZone.label` reads. */
export function labelKey(dimension: Dimension, key: string, parameters: Parameters): string {
  if (dimension.type === "value") return orNone(dimension, key);
  if (dimension.type === "tag")
    return `coalesce(json_extract_string(${tagsSql(key)}, ${parameters.add(dimension.path)}), '${NONE}')`;
  if (dimension.name === "week") return `(${key} + 3) // 7`;
  if (dimension.name === "month")
    return `(year(DATE '1970-01-01' + ${key}) - 1970) * 12 + month(DATE '1970-01-01' + ${key}) - 1`;
  return key;
}

/** Of all words, which may be millions, DuckDB puts those that can be tags into a hash table. */
const TAGS = "starts_with(word, '{')";

function tagsSql(code: string): string {
  return `(SELECT word FROM words WHERE code = ${code} AND ${TAGS})`;
}

/** The words of a filter that stand as codes in rows. */
export function codedWords(filter: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(filter).flatMap(([name, values]) => {
    const dimension = parseDimension(name, name);
    return dimension.ok && dimension.value.type === "value" ? values : [];
  });
}

export interface Filtering {
  readonly table: Table;
  readonly zone: TimeZone;
  readonly parameters: Parameters;
  /** Of `codedWords`. */
  readonly codes: ReadonlyMap<string, number>;
}

/** SQL that lets through what the filter lets through; a part for each dimension. */
export function filterSql(
  filter: Readonly<Record<string, readonly string[]>>,
  { table, zone, parameters, codes }: Filtering,
): Result<readonly string[], QuestionProblem> {
  const parts: string[] = [];
  for (const [name, values] of Object.entries(filter)) {
    const dimension = parseDimension(name, name);
    if (!dimension.ok) return dimension;
    if (values.length === 0) continue;
    if (dimension.value.type === "time") {
      assert(table !== "sums", "sums are not asked for ranges of instants");
      const ranges = timeRanges(dimension.value.name, values, zone);
      if (!ranges.ok) return ranges;
      const at = instantColumn(table);
      const each = ranges.value.map(
        ([from, to]) => `(${at} >= ${parameters.add(from)} AND ${at} < ${parameters.add(to)})`,
      );
      parts.push(`(${each.join(" OR ")})`);
      continue;
    }
    const { value: known } = dimension;
    parts.push(
      known.type === "tag"
        ? `(${values.map((value) => tagSql(known.tag, value, parameters)).join(" OR ")})`
        : `${orNone(known, codeOf(known, table))} IN (${values.map((value) => codes.get(value) ?? 0).join(", ")})`,
    );
  }
  return ok(parts);
}

/**
 * Tags are stored as JSON with quotes escaped inside names and values, so `{"name":"value"` or `,"name":"value"` stands
 * there exactly when the tag has the value. Searched in the words, of which there are far fewer than rows.
 */
function tagSql(tag: string, value: string, parameters: Parameters): string {
  const has = (text: string) => `contains(word, ${parameters.add(text)})`;
  const holds = (text: string) =>
    `coalesce(tags IN (SELECT code FROM words WHERE ${TAGS} AND (${has(`{${text}`)} OR ${has(`,${text}`)})), false)`;
  const name = JSON.stringify(tag);
  const hasValue = holds(`${name}:${JSON.stringify(value)}`);
  return value === NONE ? `(${hasValue} OR NOT ${holds(`${name}:`)})` : hasValue;
}

function timeRanges(
  unit: TimeUnit,
  labels: readonly string[],
  zone: TimeZone,
): Result<readonly (readonly [number, number])[], QuestionProblem> {
  const ranges: (readonly [number, number])[] = [];
  for (const label of labels) {
    const range = zone.rangeOf(unit, label);
    if (range === undefined) return err({ type: "bad-question", field: unit, detail: `Not a ${unit}.` });
    ranges.push(range);
  }
  return ok(ranges);
}
