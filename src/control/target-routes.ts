import { type Target, TargetPage } from "#contract";
import { ok } from "#std";
import { type Metric } from "./metrics-text.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";

export interface TargetSource {
  /** As counted last. */
  current(): TargetPage;
}

export function addTargetRoute(routes: Routes, targets: TargetSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/targets",
    summary:
      "The cost targets of tare.yaml: what one interaction, user or outcome costs against its limit. Missed ones first.",
    query: noQuery,
    body: noBody,
    answer: TargetPage,
    run: async () => {
      const page = targets.current();
      return ok({ json: { ...page, rows: page.rows.toSorted(byUrgency) } });
    },
  });
}

const urgency = { missed: 0, unknown: 1, kept: 2 } as const;

function byUrgency(one: Target, other: Target): number {
  return urgency[one.state] - urgency[other.state];
}

/** As many series as the configuration has targets, times three. An unknown cost has none. */
export function targetCostMetrics(rows: readonly Target[]): readonly Metric[] {
  const known = (of: (row: Target) => string | undefined) =>
    rows.flatMap((row) => {
      const nanos = of(row);
      return nanos === undefined ? [] : [{ labels: { target: row.name }, value: BigInt(nanos) }];
    });
  return [
    {
      type: "gauge",
      name: "tare_cost_target_nanos",
      help: "What one interaction, user or outcome costs in the window of a cost target, in billionths.",
      samples: known(({ cost_nanos }) => cost_nanos),
    },
    {
      type: "gauge",
      name: "tare_cost_target_limit_nanos",
      help: "What it may cost at most, in billionths.",
      samples: known(({ limit_nanos }) => limit_nanos),
    },
    {
      type: "gauge",
      name: "tare_cost_target_missed",
      help: "1 while a cost target is missed, 0 while it is kept; none while nobody can say.",
      samples: rows.flatMap(({ name, state }) =>
        state === "unknown" ? [] : [{ labels: { target: name }, value: state === "missed" ? 1 : 0 }],
      ),
    },
  ];
}
