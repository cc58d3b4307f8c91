/** Plain counters and histograms with bounded labels, so that one thread's can be added to another's. */
import { type CacheSize } from "#cache";
import { type TargetReport } from "#routing";
import { addTargets } from "./add-targets.ts";

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
  readonly targets: readonly TargetReport[];
  readonly cache: CacheSize;
}

/** Upper bounds in seconds, those of the OpenTelemetry conventions for generative AI. */
export const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;

// Labels hold configured names and stable codes only, so this is met only by a configuration of thousands of routes.
const SERIES_MAX = 5_000;

type Labels = Readonly<Record<string, string>>;

/** A family of series by the names of its labels; values are given in the same order. */
export interface Family {
  readonly name: string;
  readonly labels: readonly string[];
}

interface Counter {
  readonly name: string;
  readonly labels: Labels;
  value: number;
}

interface Histogram {
  readonly name: string;
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
}

/** Series by the values of their labels, one map for each label: a key joined anew for each call costs microseconds. */
interface Branch<Series> {
  readonly branches: Map<string, Branch<Series>>;
  series: Series | undefined;
}

export class Metrics {
  readonly #counters = new Map<Family, Branch<Counter>>();
  readonly #histograms = new Map<Family, Branch<Histogram>>();
  readonly #allCounters: Counter[] = [];
  readonly #allHistograms: Histogram[] = [];
  callsRunning = 0;
  callsTotal = 0;

  count(family: Family, ...values: readonly string[]): void {
    this.add(1, family, ...values);
  }

  /** For amounts; a counter in a double is exact up to nine million units of money in billionths. */
  add(amount: number, family: Family, ...values: readonly string[]): void {
    const branch = branchOf(this.#counters, family, values);
    if (branch.series === undefined && this.#allCounters.length < SERIES_MAX) {
      branch.series = { name: family.name, labels: labelsOf(family, values), value: 0 };
      this.#allCounters.push(branch.series);
    }
    if (branch.series !== undefined) branch.series.value += amount;
  }

  observe(seconds: number, family: Family, ...values: readonly string[]): void {
    const branch = branchOf(this.#histograms, family, values);
    if (branch.series === undefined) {
      if (this.#allHistograms.length >= SERIES_MAX) return;
      const counts = [...durationBuckets.map(() => 0), 0];
      branch.series = { name: family.name, labels: labelsOf(family, values), counts, sum: 0 };
      this.#allHistograms.push(branch.series);
    }
    const { series } = branch;
    let bucket = 0;
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] ?? Infinity)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  read({ heldBytes, targets, cache }: Pick<GatewayMetrics, "heldBytes" | "targets" | "cache">): GatewayMetrics {
    return {
      callsRunning: this.callsRunning,
      callsTotal: this.callsTotal,
      heldBytes,
      targets,
      cache,
      counters: this.#allCounters.map((counter) => ({ ...counter })),
      histograms: this.#allHistograms.map((series) => ({ ...series, counts: [...series.counts] })),
    };
  }
}

function branchOf<Series>(
  families: Map<Family, Branch<Series>>,
  family: Family,
  values: readonly string[],
): Branch<Series> {
  let branch = families.get(family);
  if (branch === undefined) families.set(family, (branch = { branches: new Map(), series: undefined }));
  for (const value of values) {
    let next: Branch<Series> | undefined = branch.branches.get(value);
    if (next === undefined) branch.branches.set(value, (next = { branches: new Map(), series: undefined }));
    branch = next;
  }
  return branch;
}

function labelsOf({ labels }: Family, values: readonly string[]): Labels {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
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
    targets: addTargets(all.map(({ targets }) => targets)),
    cache: {
      answers: all.reduce((sum, one) => sum + one.cache.answers, 0),
      bytes: all.reduce((sum, one) => sum + one.cache.bytes, 0),
      diskAnswers: all.reduce((sum, one) => sum + one.cache.diskAnswers, 0),
      diskBytes: all.reduce((sum, one) => sum + one.cache.diskBytes, 0),
    },
  };
}

function keyOf(name: string, labels: Labels): string {
  let key = name;
  for (const label in labels) key += `\n${label}=${labels[label] ?? ""}`;
  return key;
}
