/** What we add to the seed: tiers, classes and models that it lacks, each with its source. */
import { type UsageClass } from "#inference";
import { derivedRows } from "./derived-rows.ts";
import {
  type DerivedRate,
  derivedRates,
  flatTables,
  freeModels,
  minimums,
  searchesUnasked,
  staleWindows,
} from "./own-prices.ts";
import { rowsOfLine } from "./own-table.ts";
import { type PriceRow } from "./price-row.ts";

export const EVERY_MODEL = "*";

export interface OwnSku {
  readonly provider: string;
  /** `EVERY_MODEL` says it of all that the provider's list has. */
  readonly model: string;
  readonly rows: readonly PriceRow[];
  /** Rules that make rows of standard ones. */
  readonly derived: readonly DerivedRate[];
  /** Who says that the provider takes no money for it. */
  readonly free: string | undefined;
  readonly searchesUnasked: boolean;
  readonly minimum: { readonly class: UsageClass; readonly quantity: number } | undefined;
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
  for (const { provider, model, ...minimum } of minimums) add(provider, model, { minimum });
  for (const { provider, model } of staleWindows) add(provider, model, { hasStaleWindow: true });
  for (const tier of derivedRates) {
    for (const model of tier.models ?? [EVERY_MODEL]) {
      const derived = skus.get(`${tier.provider}/${model}`)?.derived ?? [];
      add(tier.provider, model, { derived: [...derived, tier] });
    }
  }
  return [...skus.values()];
}

function emptySku(provider: string, model: string): OwnSku {
  return {
    provider,
    model,
    rows: [],
    derived: [],
    free: undefined,
    searchesUnasked: false,
    minimum: undefined,
    hasStaleWindow: false,
  };
}

/** The seed's rows with the least that is billed, which it does not say. */
export function withMinimum(sku: OwnSku | undefined, seed: readonly PriceRow[]): readonly PriceRow[] {
  const minimum = sku?.minimum;
  if (minimum === undefined) return seed;
  return seed.map((row) => (row.class === minimum.class ? { ...row, minimum: minimum.quantity } : row));
}

/** All that is ours for one model of a list: what is said of it and what is said of every model. */
export function rowsFor(sku: OwnSku, model: string, seed: readonly PriceRow[]): readonly PriceRow[] {
  const named = sku.rows.map((row) => ({ ...row, id: row.id.replace("/*:", `/${model}:`) }));
  return [...named, ...sku.derived.flatMap((rule) => derivedRows(rule, model, seed))];
}
