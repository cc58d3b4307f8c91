/** Whose money a budget holds: values of dimensions, with `*` for one budget for each value. */
import { type AttemptDispatched, dimensions } from "#events";
import { closestName } from "#std";

/** What an attempt's dispatch says of who pays. */
export type Spender = Pick<AttemptDispatched, "attribution" | "key" | "route" | "provider">;

const scopeNames = [...dimensions, "interaction", "key", "route", "provider"] as const;
type ScopeName = (typeof scopeNames)[number];

/** Name of a dimension, or `tag.NAME`, to the value it must have. Empty: everything. */
export type Scope = Readonly<Record<string, string>>;

export const EACH_VALUE = "*";
const TAG = "tag.";
// No attribution value may hold a control character, so joined values stay apart.
const BETWEEN = "\u001F";

export function isScopeName(name: string): boolean {
  return isDimension(name) || (name.startsWith(TAG) && name.length > TAG.length);
}

/** What is wrong with the names of a scope, of which at least one is none. */
export function sayScope(scope: Readonly<Record<string, unknown>>): string {
  const says = `a scope names ${scopeNames.join(", ")} or ${TAG}NAME`;
  const strange = Object.keys(scope).find((name) => !isScopeName(name));
  const meant = strange === undefined ? undefined : closestName(strange, scopeNames);
  return meant === undefined ? says : `unknown dimension ${strange}; did you mean ${meant}? ${says}`;
}

/** `team=support,user=*`, sorted; `everything` when empty. */
export function scopeLabel(scope: Scope): string {
  const names = Object.keys(scope).toSorted();
  return names.length === 0 ? "everything" : names.map((name) => `${name}=${scope[name]}`).join(",");
}

/**
 * The values of several names as one text; undefined when the spender lacks one of them. `(none)` is a value like
 * others: whoever leaves a header out shares one budget, and does not escape from all.
 */
export function valuesOf(spender: Spender, names: readonly string[]): string | undefined {
  const [first] = names;
  if (first === undefined) return "";
  let joined = valueOf(spender, first);
  for (let index = 1; index < names.length && joined !== undefined; index += 1) {
    const value = valueOf(spender, names[index] ?? "");
    joined = value === undefined ? undefined : joined + BETWEEN + value;
  }
  return joined;
}

export function joinValues(values: readonly string[]): string {
  return values.join(BETWEEN);
}

/** The inverse: the value of each open name, and the `tenant` that an interaction or session belongs to. */
export function splitValues(names: readonly string[], joined: string): Readonly<Record<string, string>> {
  const parts = joined.split(BETWEEN);
  const values: Record<string, string> = {};
  for (const name of names) {
    if (name === "interaction" || name === "session") values["tenant"] = parts.shift() ?? "";
    values[name] = parts.shift() ?? "";
  }
  return values;
}

function valueOf(spender: Spender, name: string): string | undefined {
  if (!isDimension(name)) {
    const tag = name.slice(TAG.length);
    return Object.hasOwn(spender.attribution.tags, tag) ? spender.attribution.tags[tag] : undefined;
  }
  switch (name) {
    case "key":
      return spender.key;
    case "route":
      return spender.route;
    case "provider":
      return spender.provider;
    case "interaction":
    case "session":
      // Their ids come from clients, so they mean something only inside one tenant.
      return spender.attribution.tenant + BETWEEN + spender.attribution[name];
    default:
      return spender.attribution[name];
  }
}

const known: ReadonlySet<string> = new Set(scopeNames);

function isDimension(name: string): name is ScopeName {
  return known.has(name);
}
