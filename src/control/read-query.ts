import { z } from "zod";
import { spendDimensions } from "#contract";
import { err, ok, type Result } from "#std";
import { type ControlProblem } from "./problems.ts";
import { describeIssues, FIELDS_TOLD_MAX } from "./read-body.ts";
import { suggest } from "./suggest.ts";

type Field = { readonly path: string; readonly detail: string };

/** `feature`, `tag.NAME` and so on: what spend is grouped by, and a query parameter may filter on. */
export function isDimension(name: string): boolean {
  return spendDimensions.some((dimension) => dimension === name) || /^tag\.[^\p{Cc},]{1,64}$/u.test(name);
}

/**
 * Reads a query by its schema, strictly: a parameter nobody knows, or one given twice, is an error. Lists are separated by
 * commas. Where the schema has `filter`, parameters named like a dimension go there; repeated ones mean OR.
 */
export function readQuery<Schema extends z.ZodObject>(
  search: URLSearchParams,
  schema: Schema,
): Result<z.infer<Schema>, ControlProblem> {
  const known = Object.keys(schema.shape).filter((name) => name !== "filter");
  const { values, filter, wrong } = sortParameters(search, schema, known);
  if ("filter" in schema.shape) values.set("filter", Object.fromEntries(filter));
  const given = Object.fromEntries(values);
  const parsed = schema.safeParse(given);
  if (parsed.success && wrong.length === 0) return ok(parsed.data);
  const fields = [...wrong, ...(parsed.success ? [] : describeIssues(parsed.error, { known, given }))];
  return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
}

function sortParameters(search: URLSearchParams, schema: z.ZodObject, known: readonly string[]) {
  const hasFilter = "filter" in schema.shape;
  const values = new Map<string, unknown>();
  const filter = new Map<string, string[]>();
  const wrong: Field[] = [];
  for (const [name, text] of search) {
    if (wrong.length >= FIELDS_TOLD_MAX) break;
    if (known.includes(name)) {
      if (values.has(name)) wrong.push({ path: name, detail: "Given more than once." });
      values.set(name, toValue(text, schema.shape[name]));
    } else if (hasFilter && isDimension(name)) {
      filter.set(name, [...(filter.get(name) ?? []), text]);
    } else {
      const names = hasFilter ? [...known, ...spendDimensions] : known;
      wrong.push({ path: name.slice(0, 128), detail: `No such parameter.${suggest(name, names)}` });
    }
  }
  return { values, filter, wrong };
}

/** What cannot be a number stays text, for the schema to refuse. */
function toValue(text: string, field: unknown): unknown {
  const bare = bareField(field);
  if (bare instanceof z.ZodNumber) return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (bare instanceof z.ZodArray) return text === "" ? [] : text.split(",");
  return text;
}

function bareField(field: unknown): unknown {
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional ? bareField(field.unwrap()) : field;
}
