/** Everything that can price something, made from the seed, our own rows and the configuration. */
import { checkLayers } from "./checks.ts";
import { rowsOfConfigured } from "./configured-rates.ts";
import { type MatchRule } from "./model-match.ts";
import { EVERY_MODEL, type OwnSku, rowsFor, withMinimum } from "./own-skus.ts";
import { type PriceRow, type PrintedQuarantinedRow } from "./price-row.ts";
import { type ModelRates, type PricingSection } from "./pricing-config.ts";
import { type Seed, type SeedProvider } from "./seed.ts";
import { rowsOfSeedModel } from "./seed-rows.ts";
import { alwaysOf, bandsOf, layerOf, type Sku } from "./sku.ts";

/** What a configured provider says about prices. */
export interface ConfiguredPrices {
  /** Its name in the configuration. */
  readonly provider: string;
  /** The price list that holds where it has no rates of its own: `openai`, `anthropic`, `google`; `none` for none. */
  readonly prices: string | undefined;
  /** Where it is reached, when no list is named: a list whose provider answers there holds. */
  readonly url?: string;
  /** The list that holds where no other does. */
  readonly otherwise?: string;
  readonly rates: PricingSection;
}

export interface PriceSources {
  readonly seed: Seed;
  readonly own: readonly OwnSku[];
  readonly configured: readonly ConfiguredPrices[];
}

export interface MatchedSku {
  readonly match: MatchRule;
  readonly sku: Sku;
}

export interface PriceList {
  /** The first that matches a name sells it. */
  readonly skus: readonly MatchedSku[];
  /** Lists of other providers whose models this one sells at their rates. */
  readonly fallbacks: readonly string[];
  /** Beginning of the URLs of this provider. */
  readonly urls: RegExp | undefined;
  readonly unrepresented: readonly PrintedQuarantinedRow[];
}

export interface ConfiguredList {
  readonly prices: string | undefined;
  readonly skus: ReadonlyMap<string, Sku>;
}

export function listsOf({ seed, own }: PriceSources): ReadonlyMap<string, PriceList> {
  const ownByProvider = Map.groupBy(own, (sku) => sku.provider);
  const lists = new Map(seed.map((provider) => [provider.id, listOf(provider, ownByProvider.get(provider.id) ?? [])]));
  for (const [provider, skus] of ownByProvider) {
    if (!lists.has(provider))
      lists.set(provider, { skus: skus.map(newSku), fallbacks: [], urls: undefined, unrepresented: [] });
  }
  return lists;
}

export function configuredListsOf(
  { configured }: PriceSources,
  lists: ReadonlyMap<string, PriceList>,
): ReadonlyMap<string, ConfiguredList> {
  return new Map(
    configured.map(({ provider, rates, ...named }) => {
      const prices = named.prices ?? listAt(lists, named.url) ?? named.otherwise;
      const skus = Object.entries(rates).map(([model, own]) => configuredSku({ provider, model, rates: own }));
      return [provider, { prices, skus: new Map(skus.map((sku) => [sku.model.toLowerCase(), sku])) }];
    }),
  );
}

/** The price list whose provider answers at this URL. */
function listAt(lists: ReadonlyMap<string, PriceList>, url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  for (const [name, list] of lists) if (list.urls?.test(url) === true) return name;
  return undefined;
}

function listOf(provider: SeedProvider, own: readonly OwnSku[]): PriceList {
  const ownByModel = new Map(own.map((sku) => [sku.model, sku]));
  const ofEvery = ownByModel.get(EVERY_MODEL);
  ownByModel.delete(EVERY_MODEL);
  const unrepresented: PrintedQuarantinedRow[] = [];
  const skus = provider.models.map((model): MatchedSku => {
    const seed = rowsOfSeedModel(provider, model);
    unrepresented.push(...seed.unrepresented);
    const named = ownByModel.get(model.id);
    const ours = [named, ofEvery].filter((sku) => sku !== undefined);
    ownByModel.delete(model.id);
    const isFree = model.id.endsWith(":free") && seed.rows.length === 0;
    const draft = {
      provider: provider.id,
      model: model.id,
      contextWindow: ours.some((sku) => sku.hasStaleWindow) ? undefined : model.context_window,
      free: isFree ? `${model.id} in @pydantic/genai-prices` : ours.find((sku) => sku.free !== undefined)?.free,
      searchesUnasked: ours.some((sku) => sku.searchesUnasked),
      layers: [ours.flatMap((sku) => rowsFor(sku, model.id, seed.rows)), withMinimum(named, seed.rows)],
    };
    return { match: model.match, sku: skuOf(draft) };
  });
  return {
    skus: [...[...ownByModel.values()].map(newSku), ...skus],
    fallbacks: provider.fallback_model_providers ?? [],
    urls: new RegExp(`^(?:${provider.api_pattern})`),
    unrepresented,
  };
}

/** A model of ours that the seed does not have, or has under another's price: its name is matched whole and first. */
function newSku(own: OwnSku): MatchedSku {
  const { provider, model, free, rows } = own;
  return {
    match: { equals: model },
    sku: skuOf({
      provider,
      model,
      contextWindow: undefined,
      free,
      searchesUnasked: own.searchesUnasked,
      layers: [rows],
    }),
  };
}

interface RatedModel {
  readonly provider: string;
  readonly model: string;
  readonly rates: ModelRates;
}

function configuredSku({ provider, model, rates }: RatedModel): Sku {
  return skuOf({
    id: `configured:${provider}/${model}`,
    provider,
    model,
    contextWindow: rates.context_window,
    free: undefined,
    searchesUnasked: false,
    layers: [rowsOfConfigured({ provider, model, rates })],
  });
}

interface SkuDraft {
  readonly id?: string;
  readonly provider: string;
  readonly model: string;
  readonly contextWindow: number | undefined;
  readonly free: string | undefined;
  readonly searchesUnasked: boolean;
  readonly layers: readonly (readonly PriceRow[])[];
}

function skuOf(draft: SkuDraft): Sku {
  const checked = checkLayers(draft.layers);
  const rows = checked.flatMap((layer) => layer.rows);
  const layers = checked.map((layer) => layerOf(layer.rows, layer.quarantined));
  return {
    id: draft.id ?? `${draft.provider}/${draft.model}`,
    provider: draft.provider,
    model: draft.model,
    contextWindow: believable(draft.contextWindow, rows),
    free: draft.free,
    searchesUnasked: draft.searchesUnasked,
    rows,
    quarantined: checked.flatMap((layer) => layer.quarantined),
    layers,
    always: alwaysOf(layers),
    bands: bandsOf(layers),
    dearest: new Map(),
  };
}

/** A list that prices input beyond the window it states has not kept the window up to date. */
function believable(contextWindow: number | undefined, rows: readonly PriceRow[]): number | undefined {
  return rows.some((row) => contextWindow !== undefined && row.over >= contextWindow) ? undefined : contextWindow;
}
