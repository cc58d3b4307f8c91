import { type Slo, type Target } from "#contract";
import { type Metric } from "./metrics-text.ts";

export interface Promises {
  readonly slos: readonly Slo[];
  readonly targets: readonly Target[];
}

/** Of everything that the configuration promises: SLOs, and what one of something may cost. */
export function promiseMetrics({ slos, targets }: Promises): readonly Metric[] {
  return [...sloMetrics(slos), ...targetMetrics(targets)];
}

/** As many series as the configuration has promises, times seven. */
function sloMetrics(rows: readonly Slo[]): readonly Metric[] {
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
    {
      type: "gauge",
      name: "tare_slo_burning",
      help: "1 while an SLO's allowance goes too fast: fast over an hour and five minutes, slow over three days and six hours.",
      samples: rows.flatMap(({ name, burning }) =>
        (["fast", "slow"] as const).map((speed) => ({
          labels: { slo: name, speed },
          value: burning === speed ? 1 : 0,
        })),
      ),
    },
  ];
}

/** As many series as the configuration has targets, times three. An unknown cost has none. */
function targetMetrics(rows: readonly Target[]): readonly Metric[] {
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
