import { type z } from "zod";

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a section of fields",
  record: "a section of fields",
};

/** What a schema finds wrong with a value, in our words where it brings none of its own: zod's begin with `Invalid` or `Too`. */
export function sayIssue(issue: Issue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `has to be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `has to be ${issue.values.map(String).join(" or ")}`;
    case "too_small":
      return hasLength(issue.origin) ? "has to have something in it" : `has to be at least ${issue.minimum}`;
    case "too_big":
      return hasLength(issue.origin) ? `is too long: at most ${issue.maximum}` : `has to be at most ${issue.maximum}`;
    case "invalid_format":
      return issue.format === "datetime" ? "has to be a time such as 2027-01-31T00:00:00Z" : "has another form";
    default:
      return "is not valid";
  }
}

/** The same of a value that is not there. */
export function sayMissing(issue: Issue): string {
  const says = sayIssue(issue);
  return says.startsWith("has to be") ? `is missing; ${says}` : `is missing: ${says}`;
}

function hasLength(origin: string): boolean {
  return origin === "string" || origin === "array";
}
