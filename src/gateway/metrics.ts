/** Plain counters and histograms with bounded labels, so that one thread's can be added to another's. */

export interface CounterSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface HistogramSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One more than there are buckets: the last counts what is over all of them. Not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What a thread counted since it started. */
export interface GatewayMetrics {
  readonly callsRunning: number;
  readonly callsTotal: number;
  readonly heldBytes: number;
  readonly counters: readonly CounterSeries[];
  readonly histograms: readonly HistogramSeries[];
}

/** Upper bounds in seconds, those of the OpenTelemetry conventions for generative AI. */
export const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;

// Labels hold configured names and stable codes only, so this is met only by a configuration of thousands of routes.
const SERIES_MAX = 5_000;

type Labels = Readonly<Record<string, string>>;

export class Metrics {
  readonly #counters = new Map<string, { name: string; labels: Labels; value: number }>();
  readonly #histograms = new Map<string, { name: string; labels: Labels; counts: number[]; sum: number }>();
  callsRunning = 0;
  callsTotal = 0;

  count(name: string, labels: Labels): void {
    const key = keyOf(name, labels);
    const counter = this.#counters.get(key);
    if (counter !== undefined) {
      counter.value += 1;
      return;
    }
    if (this.#counters.size < SERIES_MAX) this.#counters.set(key, { name, labels, value: 1 });
  }

  observe(name: string, labels: Labels, seconds: number): void {
    const key = keyOf(name, labels);
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      if (this.#histograms.size >= SERIES_MAX) return;
      histogram = { name, labels, counts: [...durationBuckets.map(() => 0), 0], sum: 0 };
      this.#histograms.set(key, histogram);
    }
    let bucket = 0;
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] ?? Infinity)) bucket += 1;
    histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    histogram.sum += seconds;
  }

  read(heldBytes: number): GatewayMetrics {
    return {
      callsRunning: this.callsRunning,
      callsTotal: this.callsTotal,
      heldBytes,
      counters: [...this.#counters.values()].map((counter) => ({ ...counter })),
      histograms: [...this.#histograms.values()].map((series) => ({ ...series, counts: [...series.counts] })),
    };
  }
}

/** The sum over threads. */
export function addMetrics(all: readonly GatewayMetrics[]): GatewayMetrics {
  const counters = new Map<string, CounterSeries>();
  const histograms = new Map<string, HistogramSeries>();
  for (const one of all) {
    for (const series of one.counters) {
      const key = keyOf(series.name, series.labels);
      counters.set(key, { ...series, value: series.value + (counters.get(key)?.value ?? 0) });
    }
    for (const series of one.histograms) {
      const key = keyOf(series.name, series.labels);
      const known = histograms.get(key);
      const counts = series.counts.map((count, index) => count + (known?.counts[index] ?? 0));
      histograms.set(key, { ...series, counts, sum: series.sum + (known?.sum ?? 0) });
    }
  }
  return {
    callsRunning: all.reduce((sum, one) => sum + one.callsRunning, 0),
    callsTotal: all.reduce((sum, one) => sum + one.callsTotal, 0),
    heldBytes: all.reduce((sum, one) => sum + one.heldBytes, 0),
    counters: [...counters.values()],
    histograms: [...histograms.values()],
  };
}

function keyOf(name: string, labels: Labels): string {
  let key = name;
  for (const label in labels) key += `\n${label}=${labels[label] ?? ""}`;
  return key;
}
