/** A sku is what a provider sells under one price: its rows in layers, ours before the seed's. */
import { type UsageClass } from "#inference";
import { formatRate, type Instant, instant } from "#units";
import { type PriceRow, type QuarantinedRow, type Tier, tiers, type TimeWindow } from "./price-row.ts";
import { type UnitPrice, unitPrice } from "./unit-price.ts";

export interface Sku {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** Input and output together, as far as the price list knows. */
  readonly contextWindow: number | undefined;
  /** The provider takes no money for it; the source says so. */
  readonly free: string | undefined;
  /** It searches the web without being given a tool, so its searches cannot be bounded. */
  readonly searchesUnasked: boolean;
  readonly rows: readonly PriceRow[];
  readonly quarantined: readonly QuarantinedRow[];
  /** The first layer that prices a class wins. */
  readonly layers: readonly (readonly PriceSet[])[];
  /** What applies in each tier, for a sku whose prices depend on neither time nor place: nearly all, on the hot path. */
  readonly always: ReadonlyMap<Tier, readonly PriceSet[]> | undefined;
  /** Inputs above which another context band begins, ascending. */
  readonly bands: readonly number[];
  /** What bounds were found by, where `always` holds: a few for each sku, since few facts of a call decide it. */
  readonly dearest: Map<number, DearestRates>;
}

/** The dearest rates that a call could meet. */
export interface DearestRates {
  readonly isPriced: boolean;
  readonly input: UnitPrice | undefined;
  readonly output: UnitPrice | undefined;
  readonly ofClass: (name: UsageClass) => UnitPrice | undefined;
}

/** A row as it is charged by and written into entries. */
export interface SetRow extends PriceRow, UnitPrice {
  readonly rateText: string;
}

/**
 * The rows of one layer that are valid together. A set is chosen whole before a class is looked up in it: otherwise a
 * class that a newer price list dropped would be priced by an older one.
 */
export interface PriceSet {
  readonly tier: Tier | "any";
  readonly region: string | undefined;
  readonly window: TimeWindow | undefined;
  readonly from: Instant | undefined;
  readonly until: Instant | undefined;
  /** By class; the rows of the highest context band first. */
  readonly rows: ReadonlyMap<UsageClass, readonly SetRow[]>;
  readonly quarantined: ReadonlyMap<UsageClass, readonly QuarantinedRow[]>;
}

export function layerOf(rows: readonly PriceRow[], quarantined: readonly QuarantinedRow[]): readonly PriceSet[] {
  const drafts = new Map<string, { row: PriceRow; rows: PriceRow[]; quarantined: QuarantinedRow[] }>();
  const draftOf = (row: PriceRow) => {
    const key = [row.tier, row.region, row.window?.fromMs, row.window?.toMs, row.from, row.until].join("|");
    const draft = drafts.get(key) ?? { row, rows: [], quarantined: [] };
    drafts.set(key, draft);
    return draft;
  };
  for (const row of rows) draftOf(row).rows.push(row);
  for (const entry of quarantined) draftOf(entry.row).quarantined.push(entry);
  return [...drafts.values()].map((draft) => ({
    tier: draft.row.tier,
    region: draft.row.region,
    window: draft.row.window,
    from: draft.row.from,
    until: draft.row.until,
    rows: byClass(draft.rows.toSorted((left, right) => right.over - left.over).map(printedOnce), (row) => row.class),
    quarantined: byClass(draft.quarantined, (entry) => entry.row.class),
  }));
}

function printedOnce(row: PriceRow): SetRow {
  return { ...row, ...unitPrice(row.rate), rateText: formatRate(row.rate) };
}

function byClass<Item>(items: readonly Item[], classOf: (item: Item) => UsageClass): Map<UsageClass, readonly Item[]> {
  return Map.groupBy(items, classOf);
}

export interface PricedMoment {
  readonly tier: Tier;
  readonly at: Instant;
  readonly region: string | undefined;
}

/** The sets that apply, in the order in which they are asked for a class. */
export function setsAt(sku: Sku, moment: PricedMoment): readonly PriceSet[] {
  return sku.always?.get(moment.tier) ?? chosenSets(sku.layers, moment);
}

export function alwaysOf(layers: Sku["layers"]): Sku["always"] {
  if (layers.some((layer) => layer.some(isConditional))) return undefined;
  const anytime = { at: instant(0), region: undefined };
  return new Map(tiers.map((tier) => [tier, chosenSets(layers, { tier, ...anytime })]));
}

export function bandsOf(layers: Sku["layers"]): readonly number[] {
  const rows = layers
    .flat()
    .flatMap((set) => [
      ...[...set.rows.values()].flat(),
      ...[...set.quarantined.values()].flat().map(({ row }) => row),
    ]);
  return [...new Set(rows.map(({ over }) => over))].toSorted((left, right) => left - right);
}

function isConditional(set: PriceSet): boolean {
  return [set.from, set.until, set.region, set.window].some((condition) => condition !== undefined);
}

function chosenSets(layers: Sku["layers"], moment: PricedMoment): readonly PriceSet[] {
  const chosen: PriceSet[] = [];
  for (const layer of layers) {
    const byTier = mostSpecific(layer, moment, moment.tier);
    const anyTier = mostSpecific(layer, moment, "any");
    if (byTier !== undefined) chosen.push(byTier);
    if (anyTier !== undefined) chosen.push(anyTier);
  }
  return chosen;
}

function mostSpecific(layer: readonly PriceSet[], moment: PricedMoment, tier: Tier | "any"): PriceSet | undefined {
  let best: PriceSet | undefined;
  for (const set of layer) {
    if (set.tier === tier && isValid(set, moment) && (best === undefined || isMoreSpecific(set, best))) best = set;
  }
  return best;
}

/** A region before none, a time of day before none, the latest start before earlier ones. */
function isMoreSpecific(set: PriceSet, than: PriceSet): boolean {
  if ((set.region === undefined) !== (than.region === undefined)) return set.region !== undefined;
  if ((set.window === undefined) !== (than.window === undefined)) return set.window !== undefined;
  return (set.from ?? -Infinity) > (than.from ?? -Infinity);
}

function isValid(set: PriceSet, { at, region }: PricedMoment): boolean {
  if (set.region !== undefined && set.region !== region) return false;
  if (set.from !== undefined && at < set.from) return false;
  if (set.until !== undefined && at >= set.until) return false;
  return set.window === undefined || isWithin(set.window, at);
}

const DAY_MS = 86_400_000;

function isWithin({ fromMs, toMs }: TimeWindow, at: Instant): boolean {
  const timeOfDay = ((at % DAY_MS) + DAY_MS) % DAY_MS;
  return fromMs <= toMs ? timeOfDay >= fromMs && timeOfDay < toMs : timeOfDay >= fromMs || timeOfDay < toMs;
}

/** Anything at all may be priced at that instant. */
export function isSoldAt(sku: Sku, at: Instant): boolean {
  return (
    sku.free !== undefined ||
    sku.layers.some((layer) =>
      layer.some((set) => (set.from === undefined || at >= set.from) && (set.until === undefined || at < set.until)),
    )
  );
}
