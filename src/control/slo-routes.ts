import { type Slo, SloPage } from "#contract";
import { ok } from "#std";
import { type Metric } from "./metrics-text.ts";
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

/** As many series as the configuration has promises, times five. */
export function sloMetrics(rows: readonly Slo[]): readonly Metric[] {
  return [
    {
      type: "gauge",
      name: "tare_slo_budget_left",
      help: "Share of what an SLO allows to miss that is left in its period.",
      samples: rows.flatMap(({ name, budget_left: left }) =>
        left === undefined ? [] : [{ labels: { slo: name }, value: left }],
      ),
    },
    {
      type: "gauge",
      name: "tare_slo_burn_rate",
      help: "How many times faster than just allowed an SLO's allowance is used up.",
      samples: rows.flatMap(({ name, burn }) =>
        Object.entries(burn).flatMap(([window, value]) =>
          value === undefined ? [] : [{ labels: { slo: name, window }, value }],
        ),
      ),
    },
  ];
}
