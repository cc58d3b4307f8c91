/** What questions group and filter by, as SQL over entries and over refusals. */
import { err, ok, type Result } from "#std";
import { type QuestionProblem } from "./question.ts";
import { type Parameters } from "./sql-text.ts";
import { type TimeUnit, timeUnits, type TimeZone, type ZoneStretch } from "./time-zone.ts";

export const NONE = "(none)";

export type Table = "entries" | "refusals";

/** `value`: the row's own text. `tag`: one of its tags. `time`: the unit it falls into. */
export type Dimension =
  | { readonly type: "value"; readonly name: string; readonly isOnRefusals: boolean; readonly mayLack: boolean }
  | { readonly type: "tag"; readonly name: string; readonly path: string }
  | { readonly type: "time"; readonly name: TimeUnit };

const always = ["feature", "team", "customer", "user", "environment", "session"];
const onBoth = ["key", "route", "model"];
const onEntries = ["target", "provider", "layer", "purpose", "kind"];

export function parseDimension(name: string, field: string): Result<Dimension, QuestionProblem> {
  const unit = timeUnits.find((known) => known === name);
  if (unit !== undefined) return ok({ type: "time", name: unit });
  if (always.includes(name)) return ok({ type: "value", name, isOnRefusals: true, mayLack: false });
  if (onBoth.includes(name)) return ok({ type: "value", name, isOnRefusals: true, mayLack: true });
  if (onEntries.includes(name)) return ok({ type: "value", name, isOnRefusals: false, mayLack: false });
  if (name.startsWith("tag.") && name.length > 4) return ok({ type: "tag", name, path: jsonPath(name.slice(4)) });
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

function jsonPath(tag: string): string {
  return `$.${JSON.stringify(tag)}`;
}

/** Text of a dimension; `(none)` where a row has none. */
export function textOf(dimension: Exclude<Dimension, { type: "time" }>, table: Table, parameters: Parameters): string {
  if (dimension.type === "tag")
    return `coalesce(json_extract_string(tags, ${parameters.add(dimension.path)}), '${NONE}')`;
  if (table === "refusals" && !dimension.isOnRefusals) return `'${NONE}'`;
  return dimension.mayLack ? `coalesce("${dimension.name}", '${NONE}')` : `"${dimension.name}"`;
}

export function instantColumn(table: Table): string {
  return table === "entries" ? "incurred_at" : "refused_at";
}

/**
 * A number for the unit that a row falls into, cheap enough for every row: local days for days and all that is made of
 * them, UTC minutes of the start for minutes and hours. `unitOfKey` makes the rest of fewer rows.
 */
export function timeKey(
  unit: TimeUnit,
  at: string,
  { stretches, parameters }: { readonly stretches: readonly ZoneStretch[]; readonly parameters: Parameters },
): string {
  if (unit === "minute") return `${at} // 60000`;
  const offset = offsetSql(at, stretches, parameters);
  if (unit === "hour") return `((${at} + ${offset}) // 3600000 * 3600000 - ${offset}) // 60000`;
  return `(${at} + ${offset}) // 86400000`;
}

function offsetSql(at: string, stretches: readonly ZoneStretch[], parameters: Parameters): string {
  const [last, ...earlier] = stretches.toReversed();
  const lastOffset = parameters.add(last?.offsetMs ?? 0);
  if (earlier.length === 0) return lastOffset;
  const cases = earlier.toReversed().map(({ offsetMs }, index) => {
    const next = stretches[index + 1];
    return `WHEN ${at} < ${parameters.add(next?.from ?? 0)} THEN ${parameters.add(offsetMs)}`;
  });
  return `(CASE ${cases.join(" ")} ELSE ${lastOffset} END)`;
}

/** From the key of the cheap cut to the key that `TimeZone.label` reads. */
export function unitOfKey(unit: TimeUnit, key: string): string {
  if (unit === "week") return `(${key} + 3) // 7`;
  if (unit === "month")
    return `(year(DATE '1970-01-01' + ${key}::INTEGER) - 1970) * 12 + month(DATE '1970-01-01' + ${key}::INTEGER) - 1`;
  return key;
}

/** SQL that lets through what the filter lets through; a part for each dimension. */
export function filterSql(
  filter: Readonly<Record<string, readonly string[]>>,
  { table, zone, parameters }: { readonly table: Table; readonly zone: TimeZone; readonly parameters: Parameters },
): Result<readonly string[], QuestionProblem> {
  const parts: string[] = [];
  for (const [name, values] of Object.entries(filter)) {
    const dimension = parseDimension(name, name);
    if (!dimension.ok) return dimension;
    if (values.length === 0) continue;
    if (dimension.value.type === "time") {
      const ranges = timeRanges(dimension.value.name, values, zone);
      if (!ranges.ok) return ranges;
      const at = instantColumn(table);
      const each = ranges.value.map(
        ([from, to]) => `(${at} >= ${parameters.add(from)} AND ${at} < ${parameters.add(to)})`,
      );
      parts.push(`(${each.join(" OR ")})`);
      continue;
    }
    const places = values.map((value) => parameters.add(value));
    parts.push(`${textOf(dimension.value, table, parameters)} IN (${places.join(", ")})`);
  }
  return ok(parts);
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
