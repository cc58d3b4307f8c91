import { unreachable } from "#std";

export type Labels = Readonly<Record<string, string>>;

/** One Prometheus metric with its series, as plain values. Bucket counts are of their own bucket, not cumulative. */
export type Metric =
  | {
      readonly type: "counter" | "gauge";
      readonly name: string;
      readonly help: string;
      readonly samples: readonly { readonly labels: Labels; readonly value: number | bigint }[];
    }
  | {
      readonly type: "histogram";
      readonly name: string;
      readonly help: string;
      readonly samples: readonly HistogramSample[];
    };

interface HistogramSample {
  readonly labels: Labels;
  /** Rising upper bounds with what fell at or below each and above the one before. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  /** What fell above the last bound. */
  readonly over: number;
  readonly sum: number;
}

// Labels hold names that clients choose; a scrape must stay small whatever they send.
const SERIES_MAX = 500;

/** Prometheus text format 0.0.4. Of each metric the first 500 series are written; the last line says how many were not. */
export function renderMetrics(metrics: readonly Metric[]): string {
  let left = 0;
  let text = "";
  for (const metric of metrics) {
    left += Math.max(0, metric.samples.length - SERIES_MAX);
    text += renderMetric(metric);
  }
  return (
    text +
    renderMetric({
      type: "gauge",
      name: "tare_metrics_series_left_out",
      help: "Series that were not written because their metric has more than 500.",
      samples: [{ labels: {}, value: left }],
    })
  );
}

function renderMetric(metric: Metric): string {
  const help = metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const lines = [`# HELP ${metric.name} ${help}`, `# TYPE ${metric.name} ${metric.type}`];
  switch (metric.type) {
    case "counter":
    case "gauge":
      for (const { labels, value } of metric.samples.slice(0, SERIES_MAX)) {
        lines.push(`${metric.name}${renderLabels(labels)} ${renderNumber(value)}`);
      }
      break;
    case "histogram":
      for (const sample of metric.samples.slice(0, SERIES_MAX)) lines.push(...renderHistogram(metric.name, sample));
      break;
    default:
      unreachable(metric);
  }
  return `${lines.join("\n")}\n`;
}

function renderHistogram(name: string, { labels, buckets, over, sum }: HistogramSample): string[] {
  const lines: string[] = [];
  let count = 0;
  for (const bucket of [...buckets, { upTo: Infinity, count: over }]) {
    count += bucket.count;
    lines.push(`${name}_bucket${renderLabels({ ...labels, le: renderNumber(bucket.upTo) })} ${count}`);
  }
  return [
    ...lines,
    `${name}_sum${renderLabels(labels)} ${renderNumber(sum)}`,
    `${name}_count${renderLabels(labels)} ${count}`,
  ];
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function renderNumber(value: number | bigint): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : value.toString();
}
