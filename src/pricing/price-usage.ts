import { type Component, type Cost, type Usage, type UsageClass, usageClasses } from "#inference";
import { type Instant, money, MONEY_MAX } from "#units";
import { type PriceSet, type SetRow, setsAt, type Sku } from "./sku.ts";
import { printTier, tierBilled } from "./tier.ts";
import { chargeUnits } from "./unit-price.ts";
import { inputTokens, standInsOf } from "./usage-family.ts";

export interface MeasuredUsage {
  readonly usage: Usage;
  /** The tier billed, as the answer names it; undefined when it names none. */
  readonly tier: string | undefined;
  /** Dispatch of the attempt: prices are those of that moment. */
  readonly at: Instant;
  readonly region?: string | undefined;
}

export interface PricedUsage {
  /** `priced` or `unpriced`; a caller that priced an estimate calls it one. */
  readonly cost: Cost;
  /** One for each class with a quantity and a rate; also beside an unpriced cost, whose other classes they are. */
  readonly components: readonly Component[];
}

/** The price of measured usage at list: each component is rounded once, half to even, to a nano. */
export function priceUsage(sku: Sku, { usage, tier, at, region }: MeasuredUsage): PricedUsage {
  if (sku.free !== undefined) return { cost: { type: "priced", nanos: money(0n) }, components: [] };
  const billed = tierBilled(tier);
  if (billed === undefined) return unpriced(`unknown tier: ${printTier(tier)}`);
  if (usageClasses.every((name) => usage[name] === undefined)) return unpriced("no usage reported");

  const sets = setsAt(sku, { tier: billed, at, region });
  const standard = billed === "standard" ? sets : setsAt(sku, { tier: "standard", at, region });
  const input = inputTokens(usage);
  const components: Component[] = [];
  const missing: string[] = [];
  let nanos = 0n;
  for (const name of usageClasses) {
    const quantity = name === "requests" ? requestsBilled(sets, usage) : (usage[name] ?? 0);
    if (quantity === 0) continue;
    const row = rowFor({ sets, standard }, { class: name, input });
    if (typeof row === "string") missing.push(row);
    else {
      const component = componentOf(row, name, quantity);
      nanos += component.nanos;
      components.push(component);
    }
  }
  // Counts that nobody was ever billed for; a line that held such an amount could not be read again.
  if (nanos > MONEY_MAX) return unpriced("more than an amount can be");
  if (missing.length > 0) return { ...unpriced(`${missing.join("; ")} (tier ${billed})`), components };
  return { cost: { type: "priced", nanos: money(nanos) }, components };
}

/** What a call is expected to use, in whole tokens. */
export interface ExpectedTokens {
  readonly input_uncached: number;
  readonly cache_read: number;
  readonly output_text: number;
}

const expectedClasses = ["input_uncached", "cache_read", "output_text"] as const;
// A rate counts 10^-18 of the currency per million units, a nano is 10^-9 of it.
const NANOS_PER_RATE = 1e-15;

/**
 * What those tokens cost at the standard tier, in nanos, to compare targets by before a call is made. A number and not
 * money: it is never booked, and takes a tenth of the time. Undefined where nothing prices them.
 */
export function expectNanos(
  sku: Sku,
  tokens: ExpectedTokens,
  { at, region }: Pick<MeasuredUsage, "at" | "region">,
): number | undefined {
  if (sku.free !== undefined) return 0;
  const sets = setsAt(sku, { tier: "standard", at, region });
  const input = tokens.input_uncached + tokens.cache_read;
  let nanos = 0;
  for (const name of expectedClasses) {
    if (tokens[name] === 0) continue;
    const row = rowFor({ sets, standard: sets }, { class: name, input });
    if (typeof row === "string") return undefined;
    nanos += tokens[name] * Number(row.rate) * NANOS_PER_RATE;
  }
  return nanos;
}

function unpriced(reason: string): PricedUsage {
  return { cost: { type: "unpriced", reason }, components: [] };
}

/** An attempt is one request where the list charges for requests; elsewhere requests cost nothing of themselves. */
function requestsBilled(sets: readonly PriceSet[], usage: Usage): number {
  return sets.some((set) => set.rows.has("requests")) ? (usage.requests ?? 1) : 0;
}

/** The quantity is the one billed, which a minimum may raise above the one measured. */
function componentOf(row: SetRow, name: UsageClass, measured: number): Component {
  const quantity = Math.max(measured, row.minimum ?? 0);
  return { class: name, quantity, rate: row.rateText, nanos: chargeUnits(quantity, row), row: row.id };
}

interface AppliedSets {
  readonly sets: readonly PriceSet[];
  readonly standard: readonly PriceSet[];
}

interface Wanted {
  readonly class: UsageClass;
  /** The whole input, which decides the band. */
  readonly input: number;
}

/**
 * The row that prices a class, or why there is none. Where a guess would be needed there is none: a quarantined row has no
 * stand-in, nor has a class that the standard tier prices for itself and this tier does not, and a tier that lists no long
 * input does not price it as short.
 */
function rowFor({ sets, standard }: AppliedSets, wanted: Wanted): SetRow | string {
  const direct = rowAt({ sets, standard }, wanted);
  if (direct !== undefined) return direct;
  const isPriced = (name: UsageClass) => standard.some((set) => set.rows.has(name));
  if (!isPriced(wanted.class)) {
    for (const name of standInsOf(wanted.class, isPriced)) {
      const row = rowAt({ sets, standard }, { class: name, input: wanted.input });
      if (row !== undefined) return row;
      if (isPriced(name)) break;
    }
  }
  return `no rate: ${wanted.class}`;
}

function rowAt({ sets, standard }: AppliedSets, wanted: Wanted): SetRow | string | undefined {
  const row = firstRow(sets, wanted);
  if (row === undefined || typeof row === "string" || sets === standard) return row;
  const band = bandOf(standard, wanted);
  return row.over < band ? `no rate: ${wanted.class} above ${band} tokens of input` : row;
}

function firstRow(sets: readonly PriceSet[], wanted: Wanted): SetRow | string | undefined {
  for (const set of sets) {
    const row = set.rows.get(wanted.class)?.find(({ over }) => over === 0 || wanted.input > over);
    const bad = set.quarantined
      .get(wanted.class)
      ?.find((entry) => entry.row.over === 0 || wanted.input > entry.row.over);
    if (bad !== undefined && bad.row.over >= (row?.over ?? 0)) return `quarantined: ${bad.row.id}: ${bad.reason}`;
    if (row !== undefined) return row;
  }
  return undefined;
}

function bandOf(standard: readonly PriceSet[], wanted: Wanted): number {
  const row = firstRow(standard, wanted);
  return typeof row === "object" ? row.over : 0;
}
