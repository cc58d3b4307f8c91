/** How sending telemetry goes, for the status and for `/metrics`. Nothing where it is off. */
import { type Metric } from "#control";
import { type Status } from "#contract";
import { type TelemetryState } from "#telemetry";

export function telemetryStatus(state: TelemetryState | undefined): Status["telemetry"] {
  if (state === undefined) return undefined;
  return {
    collector: state.origin,
    spans_waiting: state.spansWaiting,
    spans_sent: state.spansSent,
    spans_dropped: state.spansDropped,
    spans_rejected: state.spansRejected,
    metric_exports: state.metricExports,
    metric_exports_failed: state.metricExportsFailed,
    problem: state.problem,
  };
}

export function telemetryMetrics(state: TelemetryState | undefined): readonly Metric[] {
  if (state === undefined) return [];
  return [
    {
      type: "gauge",
      name: "tare_telemetry_spans_waiting",
      help: "Spans that wait for the collector.",
      samples: [{ labels: {}, value: state.spansWaiting }],
    },
    {
      type: "counter",
      name: "tare_telemetry_spans_total",
      help: "Spans by what became of them: sent, dropped here, rejected by the collector.",
      samples: [
        { labels: { result: "sent" }, value: state.spansSent },
        { labels: { result: "dropped" }, value: state.spansDropped },
        { labels: { result: "rejected" }, value: state.spansRejected },
      ],
    },
    {
      type: "counter",
      name: "tare_telemetry_metric_exports_total",
      help: "Exports of metrics by what became of them.",
      samples: [
        { labels: { result: "sent" }, value: state.metricExports },
        { labels: { result: "failed" }, value: state.metricExportsFailed },
      ],
    },
  ];
}
