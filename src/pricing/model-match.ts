/** The rules by which a price list says which model names a price covers. */
export type MatchRule =
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** `name` is lower case already; regular expressions are the seed's own, never a client's. */
export function isMatch(rule: MatchRule, name: string): boolean {
  if ("or" in rule) return rule.or.some((part) => isMatch(part, name));
  if ("and" in rule) return rule.and.every((part) => isMatch(part, name));
  if ("equals" in rule) return name === rule.equals.toLowerCase();
  if ("starts_with" in rule) return name.startsWith(rule.starts_with.toLowerCase());
  if ("ends_with" in rule) return name.endsWith(rule.ends_with.toLowerCase());
  if ("contains" in rule) return name.includes(rule.contains.toLowerCase());
  return new RegExp(rule.regex).test(name);
}

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)/g;

/** `gpt-x-20260423` as `gpt-x-2026-04-23`: lists and answers write the date of a model in both ways. */
export function withDashedDate(name: string): string {
  return name.replace(COMPACT_DATE, "-$1-$2-$3");
}

const DATED_SUFFIX = /-20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$/;

/** The name without the date of its version, when it ends in one. */
export function withoutDate(name: string): string {
  return name.replace(DATED_SUFFIX, "");
}
