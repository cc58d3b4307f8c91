import { type Slo, SloPage } from "#contract";
import { ok } from "#std";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type SloSource } from "./sources.ts";

export function addSloRoute(routes: Routes, slos: SloSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/slos",
    summary: "The promises of tare.yaml: what is kept, what is left, and how fast it is used up. Burning ones first.",
    query: noQuery,
    body: noBody,
    answer: SloPage,
    run: async () => {
      const { rows, at } = slos.current();
      return ok({ json: { rows: rows.toSorted(byUrgency), as_of: at } });
    },
  });
}

const urgency = { fast: 0, slow: 1, none: 2 } as const;

function byUrgency(one: Slo, other: Slo): number {
  const difference = urgency[one.burning ?? "none"] - urgency[other.burning ?? "none"];
  return difference === 0 ? (one.budget_left ?? 1) - (other.budget_left ?? 1) : difference;
}
