/** What a route's targets cannot say, as `tare check` prints it. */
import { type limitsOfRoutes } from "#app";
import { type Column, table } from "./table.ts";

type RouteLimit = ReturnType<typeof limitsOfRoutes>[number];

/** Empty where every target can say all of it. */
export function showLimits(limits: readonly RouteLimit[]): string {
  const limited = limits.filter(({ cannotSay }) => cannotSay.length > 0);
  if (limited.length === 0) return "";
  return `
What clients of other formats cannot say to a target; such a call goes to another target of the route, or does this:

${table(columns, limited)}`;
}

const columns: readonly Column<RouteLimit>[] = [
  { title: "route", text: ({ route }) => route },
  { title: "target", text: ({ target }) => target },
  { title: "then", text: ({ onUnsupported }) => (onUnsupported === "drop" ? "left out" : "refused") },
  { title: "cannot say", text: ({ cannotSay }) => cannotSay.join(", ") },
];
