import { spendDimensions } from "#contract";
import { closestName, err, ok, type Result } from "#std";
import { type Query } from "./api-client.ts";

export const filterOptions = {
  where: {
    takes: "NAME=VALUE",
    isRepeated: true,
    says: "Only this, such as feature=support or tag.plan=pro; the same name again means or.",
  },
} as const;

/** `feature=support` to a filter of the API. The error is a sentence. */
export function readFilters(texts: readonly string[]): Result<Query, string> {
  const filters: [string, string][] = [];
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) return err(`--where: write NAME=VALUE in place of ${JSON.stringify(text)}`);
    const name = text.slice(0, equals);
    const wrong = dimensionProblem(name);
    if (wrong !== undefined) return err(`--where: ${wrong}`);
    filters.push([name, text.slice(equals + 1)]);
  }
  return ok(filters);
}

/** `model,feature` to dimensions. The error is a sentence. */
export function readDimensions(text: string | undefined): Result<readonly string[], string> {
  const names = (text ?? "").split(",").map((name) => name.trim());
  const given = names.filter((name) => name !== "");
  for (const name of given) {
    const wrong = dimensionProblem(name);
    if (wrong !== undefined) return err(`--by: ${wrong}`);
  }
  return ok(given);
}

function dimensionProblem(name: string): string | undefined {
  if (spendDimensions.some((dimension) => dimension === name) || /^tag\../.test(name)) return undefined;
  const meant = closestName(name, spendDimensions);
  const hint = meant === undefined ? `there are ${spendDimensions.join(", ")} and tag.NAME` : `did you mean ${meant}?`;
  return `unknown dimension ${name}; ${hint}`;
}
