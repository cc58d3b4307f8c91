/** What we add to the seed: tiers, classes and models that it lacks, each with its source. */
import { assert } from "#std";
import { type UsageClass, usageClasses } from "#inference";
import { formatRate, type Instant, instant, type Rate } from "#units";
import { exactRate } from "./exact-decimal.ts";
import {
  type DerivedTier,
  derivedTiers,
  type FlatTable,
  flatTables,
  freeModels,
  searchesUnasked,
  staleWindows,
} from "./own-prices.ts";
import { type PriceRow, tiers } from "./price-row.ts";
import { isTokenClass } from "./usage-family.ts";

export const EVERY_MODEL = "*";

export interface OwnSku {
  readonly provider: string;
  /** `EVERY_MODEL` says it of all that the provider's list has. */
  readonly model: string;
  readonly rows: readonly PriceRow[];
  /** Tiers whose rates are a fixed share of standard ones. */
  readonly derived: readonly DerivedTier[];
  /** Who says that the provider takes no money for it. */
  readonly free: string | undefined;
  readonly searchesUnasked: boolean;
  /** The seed's context window is smaller than the model's. */
  readonly hasStaleWindow: boolean;
}

export function ownSkus(): readonly OwnSku[] {
  const skus = new Map<string, OwnSku>();
  const add = (provider: string, model: string, more: Partial<OwnSku>) => {
    const known = skus.get(`${provider}/${model}`) ?? emptySku(provider, model);
    skus.set(`${provider}/${model}`, { ...known, ...more, rows: [...known.rows, ...(more.rows ?? [])] });
  };
  for (const table of flatTables) {
    for (const line of table.lines.trim().split("\n")) {
      const { model, rows } = rowsOfLine(table, line.trim().split(/\s+/));
      add(table.provider, model, { rows });
    }
  }
  for (const { provider, model, source } of freeModels) add(provider, model, { free: source });
  for (const { provider, model } of searchesUnasked) add(provider, model, { searchesUnasked: true });
  for (const { provider, model } of staleWindows) add(provider, model, { hasStaleWindow: true });
  for (const tier of derivedTiers) {
    for (const model of tier.models ?? [EVERY_MODEL]) {
      const derived = skus.get(`${tier.provider}/${model}`)?.derived ?? [];
      add(tier.provider, model, { derived: [...derived, tier] });
    }
  }
  return [...skus.values()];
}

function emptySku(provider: string, model: string): OwnSku {
  return { provider, model, rows: [], derived: [], free: undefined, searchesUnasked: false, hasStaleWindow: false };
}

/** All that is ours for one model of a list: what is said of it and what is said of every model. */
export function rowsFor(sku: OwnSku, model: string, seed: readonly PriceRow[]): readonly PriceRow[] {
  const named = sku.rows.map((row) => ({ ...row, id: row.id.replace("/*:", `/${model}:`) }));
  const derived = sku.derived.flatMap((tier) => seed.flatMap((row) => derivedRow(tier, row) ?? []));
  return [...named, ...derived];
}

const halfOrDouble = { half: 2_000_000, double: 500_000 } as const;

function derivedRow(derived: DerivedTier, row: PriceRow): PriceRow | undefined {
  if (row.tier !== "standard" || !derived.classes.includes(row.class)) return undefined;
  if (derived.withoutBands === true && row.over > 0) return undefined;
  const from = derived.from === undefined ? undefined : dayStart(derived.from);
  if (from !== undefined && (row.from ?? -Infinity) < from) return undefined;
  const rate = exactRate(formatRate(row.rate), { units: halfOrDouble[derived.share] });
  assert(rate !== undefined, "a share of a rate is a rate");
  return {
    ...row,
    id: `${row.id.replace(/^seed:/, "own:")}+${derived.tier}`,
    rate,
    tier: derived.tier,
    source: `${derived.share} of standard: ${derived.source}`,
    checkedAt: derived.checkedAt,
  };
}

function rowsOfLine(table: FlatTable, words: readonly string[]): { readonly model: string; readonly rows: PriceRow[] } {
  const [model = "", tierWord = "", band = "", since = "", ...rates] = words;
  const tier = tiers.find((name) => name === tierWord);
  assert(tier !== undefined && rates.length > 0, `a line of an own table: ${words.join(" ")}`);
  const over = Number(band.replace("-", "0"));
  const from = since === "-" ? undefined : dayStart(since);
  const rows = rates.map((text): PriceRow => {
    const [name, rate] = ratedClass(text);
    const marks = `${over > 0 ? `>${over}` : ""}${from === undefined ? "" : `@${since}`}${tier === "standard" ? "" : `+${tier}`}`;
    return {
      id: `own:${table.provider}/${model}:${name}${marks}`,
      class: name,
      rate: rate ?? zero(),
      isFree: rate === undefined,
      tier: isTokenClass(name) ? tier : "any",
      over,
      region: undefined,
      window: undefined,
      from,
      until: undefined,
      source: table.source,
      checkedAt: table.checkedAt,
    };
  });
  return { model, rows };
}

function ratedClass(text: string): readonly [UsageClass, Rate | undefined] {
  const [word = "", amount = ""] = text.split("=");
  const name = usageClasses.find((known) => known === (shortNames.get(word) ?? word));
  const rate = amount === "free" ? undefined : exactRate(amount, { units: 1_000_000 });
  assert(name !== undefined && (rate !== undefined || amount === "free"), `a rate of an own table: ${text}`);
  return [name, rate];
}

const shortNames: ReadonlyMap<string, UsageClass> = new Map<string, UsageClass>([
  ["input", "input_uncached"],
  ["cached", "cache_read"],
  ["write", "cache_write_5m"],
  ["write_1h", "cache_write_1h"],
  ["output", "output_text"],
]);

function zero(): Rate {
  const rate = exactRate("0", { units: 1 });
  assert(rate !== undefined, "zero is a rate");
  return rate;
}

function dayStart(day: string): Instant {
  return instant(Date.parse(`${day}T00:00:00Z`));
}
