import type { Budget, NewBudget } from "#contract";

type Action = Budget["at"][string];

/** The shares at which a budget does something, as the fields of the form: `50, 80`. */
export function sharesOf(at: Budget["at"], action: Action): string {
  return Object.entries(at)
    .filter(([, does]) => does === action)
    .map(([share]) => share.replace("%", ""))
    .join(", ");
}

export const shareFields = [
  ["alert", "Alert at", "80"],
  ["clamp", "Cap answers at", ""],
  ["degrade", "Cheaper target at", ""],
  ["refuse", "Refuse at", "100"],
] as const satisfies readonly (readonly [Action, string, string])[];

/** What was filled in; what is wrong with it the server says, field by field. */
export function readBudgetForm(form: FormData, before: Budget | undefined): NewBudget {
  const read = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const limit = `${read("amount").replaceAll(",", "")} ${read("unit")}`;
  const at = Object.fromEntries(
    shareFields.flatMap(([action]) => listOf(read(action)).map((share) => [`${share.replace("%", "")}%`, action])),
  );
  if (before !== undefined) return { id: before.id, limit, at };
  const budget: NewBudget = { limit, at, scope: readScope(read("scope")) };
  if (read("name") !== "") budget.name = read("name");
  if (read("timezone") !== "") budget.timezone = read("timezone");
  const per = periods.find((period) => period === read("per"));
  if (per !== undefined && read("unit") !== "concurrent") budget.per = per;
  return budget;
}

export const periods = ["minute", "hour", "day", "week", "month", "year", "total"] as const;

/** `team=support, user=*`; without a name it is of everything. */
function readScope(text: string): NewBudget["scope"] {
  const pairs = listOf(text);
  if (pairs.length === 0 || text === "everything") return "everything";
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at === -1 ? [pair, ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
