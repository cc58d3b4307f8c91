/** The holds of routes as `tare check` prints them. */
import { type RouteHold, typicalCall } from "#app";
import { showNanos } from "./amounts.ts";
import { type Column, table } from "./table.ts";

type Bound = RouteHold["typical"];

/** Empty without routes. */
export function showHolds(holds: readonly RouteHold[]): string {
  if (holds.length === 0) return "";
  const { bodyBytes, messages } = typicalCall;
  return `
What a budget sets aside for one call, in USD, until it is known what the call has cost:

${table(columns, holds)}
typical: ${bodyBytes / 1024} KiB of text in ${messages} messages, without tools; at most: the context window full. Output up to the cap.
`;
}

/** One warning for each route without a cap, where every call holds what the model can write at most. */
export function uncapped(holds: readonly RouteHold[]): readonly string[] {
  const routes = new Set(
    holds.filter(({ maxOutputTokens }) => maxOutputTokens === undefined).map(({ route }) => route),
  );
  return [...routes].map(
    (route) =>
      `routes.${route}: without max_output_tokens a call that names no cap holds all that the model can write; budgets seem full early`,
  );
}

const columns: readonly Column<RouteHold>[] = [
  { title: "route", text: ({ route }) => route },
  { title: "target", text: ({ target }) => target },
  { title: "output cap", isNumber: true, text: ({ maxOutputTokens }) => maxOutputTokens?.toString() ?? "none" },
  { title: "typical", isNumber: true, text: ({ typical }) => amount(typical) },
  { title: "at most", isNumber: true, text: ({ most }) => amount(most) },
  { title: "", text: ({ typical }) => remark(typical) },
];

function amount(bound: Bound): string {
  return bound.type === "unknown" ? "unknown" : showNanos(bound.nanos.toString());
}

function remark(bound: Bound): string {
  if (bound.type === "unknown") return `${bound.reason}: refused under a budget unless the route has a hold_ceiling`;
  return bound.type === "ceiling" ? "the route's hold_ceiling" : "";
}
