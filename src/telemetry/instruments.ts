import { type Entry } from "#ledger";
import { assert } from "#std";
import { known, modelOf, type Said, tokensOf } from "./attempt-attributes.ts";
import { type Attributes, type OutgoingMetric } from "./outgoing.ts";
import { type Seller } from "./seller.ts";

/** Bounds are those that the GenAI conventions ask for, v1.41.1. */
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const tokenBounds = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
const firstTokenBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const histograms = {
  duration: {
    name: "gen_ai.client.operation.duration",
    says: "From dispatch of an attempt to its end.",
    unit: "s",
    bounds: durationBounds,
  },
  tokens: {
    name: "gen_ai.client.token.usage",
    says: "Tokens of an attempt, as the provider counted them.",
    unit: "{token}",
    bounds: tokenBounds,
  },
  firstToken: {
    name: "gen_ai.server.time_to_first_token",
    says: "From dispatch of an attempt to its first generated content.",
    unit: "s",
    bounds: firstTokenBounds,
  },
} as const;
const sums = {
  cost: {
    name: "tare.cost",
    says: "Money of attempts in billionths of a dollar, corrections included.",
    unit: "n{USD}",
    isMonotonic: false,
  },
  unpriced: {
    name: "tare.unpriced",
    says: "Attempts that no price is known of; their money is missing in tare.cost.",
    unit: "{attempt}",
    isMonotonic: false,
  },
} as const;

interface Histogram {
  readonly attributes: Attributes;
  count: number;
  sum: number;
  readonly buckets: number[];
}

interface Sum {
  readonly attributes: Attributes;
  total: bigint;
}

/** Of one instrument: what providers and clients make up must not grow without bound. The number is OpenTelemetry's own. */
const SERIES_MAX = 2_000;
const OVERFLOW: Attributes = { "otel.metric.overflow": true };

/** What entries come to, added up. */
export class Instruments {
  readonly #sellerOf: (provider: string) => Seller;
  readonly #histograms = mapsOf<keyof typeof histograms, Histogram>(["duration", "tokens", "firstToken"]);
  readonly #sums = mapsOf<keyof typeof sums, Sum>(["cost", "unpriced"]);

  constructor(sellerOf: (provider: string) => Seller) {
    this.#sellerOf = sellerOf;
  }

  note(entry: Entry): void {
    const seller = this.#sellerOf(entry.provider);
    const of: Said = {
      "gen_ai.provider.name": seller.name,
      "gen_ai.request.model": entry.target,
      "tare.feature": entry.attribution.feature,
      "tare.team": entry.attribution.team,
      "tare.purpose": entry.purpose,
    };
    if (entry.cost.type !== "unpriced")
      this.#count("cost", { ...of, "tare.cost_type": entry.cost.type }, entry.cost.nanos);
    if (entry.unpriced !== 0) this.#count("unpriced", of, BigInt(entry.unpriced));
    // A recalled answer asked no provider, and a correction is no operation of its own.
    if (entry.kind === "cache" || entry.state === "correction") return;
    const { "error.type": error, ...asked } = modelOf(entry, seller);
    if (entry.durationMs !== undefined)
      this.#observe("duration", { ...asked, "error.type": error }, entry.durationMs / 1000);
    if (entry.firstContentMs !== undefined) this.#observe("firstToken", asked, entry.firstContentMs / 1000);
    const { input, output } = tokensOf(entry.usage);
    if (input !== undefined) this.#observe("tokens", { ...asked, "gen_ai.token.type": "input" }, input);
    if (output !== undefined) this.#observe("tokens", { ...asked, "gen_ai.token.type": "output" }, output);
  }

  /** Takes over what another has, and empties it. */
  take(other: Instruments): void {
    for (const [name, series] of other.#histograms) {
      for (const { attributes, count, sum, buckets } of series.values()) {
        const ours = this.#histogram(name, attributes);
        ours.count += count;
        ours.sum += sum;
        for (const [index, each] of buckets.entries()) ours.buckets[index] = (ours.buckets[index] ?? 0) + each;
      }
    }
    for (const [name, series] of other.#sums)
      for (const { attributes, total } of series.values()) this.#sum(name, attributes).total += total;
    other.clear();
  }

  clear(): void {
    for (const series of [...this.#histograms.values(), ...this.#sums.values()]) series.clear();
  }

  /** What nothing was counted of is left out. */
  metrics(): readonly OutgoingMetric[] {
    const measured = [...this.#histograms].map(([name, series]): OutgoingMetric => ({
      type: "histogram",
      ...histograms[name],
      points: [...series.values()],
    }));
    const counted = [...this.#sums].map(([name, series]): OutgoingMetric => ({
      type: "sum",
      ...sums[name],
      points: [...series.values()],
    }));
    return [...measured, ...counted].filter(({ points }) => points.length > 0);
  }

  #observe(name: keyof typeof histograms, said: Said, value: number): void {
    const series = this.#histogram(name, known(said));
    const over = histograms[name].bounds.findIndex((bound) => value <= bound);
    const bucket = over === -1 ? histograms[name].bounds.length : over;
    series.count += 1;
    series.sum += value;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  #count(name: keyof typeof sums, said: Said, value: bigint): void {
    this.#sum(name, known(said)).total += value;
  }

  #histogram(name: keyof typeof histograms, attributes: Attributes): Histogram {
    return seriesOf(this.#histograms.get(name), attributes, (named) => ({
      attributes: named,
      count: 0,
      sum: 0,
      buckets: Array.from({ length: histograms[name].bounds.length + 1 }, () => 0),
    }));
  }

  #sum(name: keyof typeof sums, attributes: Attributes): Sum {
    return seriesOf(this.#sums.get(name), attributes, (named) => ({ attributes: named, total: 0n }));
  }
}

function mapsOf<Name extends string, Series>(names: readonly Name[]): Map<Name, Map<string, Series>> {
  return new Map(names.map((name) => [name, new Map<string, Series>()]));
}

function seriesOf<Series>(
  all: Map<string, Series> | undefined,
  attributes: Attributes,
  make: (attributes: Attributes) => Series,
): Series {
  assert(all !== undefined, "every instrument has its series");
  const key = keyOf(attributes);
  const found = all.get(key);
  if (found !== undefined) return found;
  const isFull = all.size >= SERIES_MAX - 1;
  const place = isFull ? keyOf(OVERFLOW) : key;
  const series = all.get(place) ?? make(isFull ? OVERFLOW : attributes);
  all.set(place, series);
  return series;
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
}
