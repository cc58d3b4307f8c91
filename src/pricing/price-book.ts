import { type Instant } from "#units";
import { isMatch, withDashedDate, withoutDate } from "./model-match.ts";
import {
  type ConfiguredList,
  configuredListsOf,
  listsOf,
  type MatchedSku,
  type PriceList,
  type PriceSources,
} from "./price-lists.ts";
import { type PrintedPriceRow, type PrintedQuarantinedRow } from "./price-row.ts";
import { type ExpectedTokens, expectNanos } from "./price-usage.ts";
import { printQuarantined, printRow } from "./print-row.ts";
import { revisionOf } from "./revision.ts";
import { isSoldAt, type Sku } from "./sku.ts";
import { tierBilled } from "./tier.ts";

export interface SkuQuery {
  /** A configured provider by its name, or a price list by its own. */
  readonly provider: string;
  /** As the client or the answer wrote it. */
  readonly model: string;
  readonly at: Instant;
}

export interface RowQuery {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

const NAME_LENGTH_MAX = 256;
const REMEMBERED_MAX = 4_096;

/** Immutable but for its memory of names; each thread builds its own at start and when the configuration changes. */
export class PriceBook {
  /** Changes with any rate, rule or configured price; the same sources give the same revision. */
  readonly revision: string;
  readonly #lists: ReadonlyMap<string, PriceList>;
  readonly #configured: ReadonlyMap<string, ConfiguredList>;
  /** By provider and model. */
  readonly #remembered = new Map<string, Map<string, readonly Sku[]>>();
  #namesRemembered = 0;

  static build(sources: PriceSources): PriceBook {
    return new PriceBook(sources);
  }

  private constructor(sources: PriceSources) {
    this.#lists = listsOf(sources);
    this.#configured = configuredListsOf(sources, this.#lists);
    this.revision = revisionOf(this.#lists, this.#configured);
  }

  /**
   * Configured rates first, then the provider's price list by its own rules, with a compact date also tried dashed. Undefined
   * when nothing is sold under that name at that moment: a model is never priced as a similar one.
   */
  find({ provider, model, at }: SkuQuery): Sku | undefined {
    return this.#candidates(provider, model).find((sku) => isSoldAt(sku, at));
  }

  /** What tokens are expected to cost there, in nanos, to compare targets by; undefined where nothing prices them. */
  expect(query: SkuQuery & { readonly region: string | undefined }, tokens: ExpectedTokens): number | undefined {
    const sku = this.find(query);
    return sku === undefined ? undefined : expectNanos(sku, tokens, query);
  }

  /** The tier that an answer's word means; undefined for a word that we do not know. */
  tierOf(word: string | undefined): string | undefined {
    return tierBilled(word);
  }

  get lists(): readonly string[] {
    return [...this.#lists.keys()];
  }

  /** Rows of the models of that exact name; where there are none, of those whose name contains it. */
  search({ provider, model }: RowQuery): {
    readonly rows: readonly PrintedPriceRow[];
    readonly quarantined: readonly PrintedQuarantinedRow[];
  } {
    const skus = this.#skusFor(provider);
    const name = model?.toLowerCase();
    const exact = skus.filter(
      ({ sku, match }) => name === sku.model.toLowerCase() || (name !== undefined && isMatch(match, name)),
    );
    const chosen =
      name === undefined
        ? skus
        : exact.length > 0
          ? exact
          : skus.filter(({ sku }) => sku.id.toLowerCase().includes(name));
    const models = new Set(chosen.map(({ sku }) => `${sku.provider}/${sku.model}`));
    const unrepresented = [...this.#lists.values()].flatMap((list) => list.unrepresented);
    return {
      rows: chosen.flatMap(({ sku }) => sku.rows.map((row) => printRow(sku, row))),
      quarantined: [
        ...chosen.flatMap(({ sku }) => sku.quarantined.map((entry) => printQuarantined(sku, entry))),
        ...unrepresented.filter((row) => models.has(`${row.provider}/${row.model}`)),
      ],
    };
  }

  #skusFor(provider: string | undefined): readonly MatchedSku[] {
    const configured = [...this.#configured].filter(([name]) => provider === undefined || name === provider);
    const lists =
      provider === undefined
        ? [...this.#lists.values()]
        : [this.#listFor(provider)].filter((list) => list !== undefined);
    return [
      ...configured.flatMap(([, list]) =>
        [...list.skus.values()].map((sku) => ({ match: { equals: sku.model }, sku })),
      ),
      ...lists.flatMap((list) => list.skus),
    ];
  }

  #listFor(provider: string): PriceList | undefined {
    const configured = this.#configured.get(provider);
    const name = configured === undefined ? provider : configured.prices;
    return name === undefined ? undefined : this.#lists.get(name);
  }

  #candidates(provider: string, model: string): readonly Sku[] {
    if (model.length > NAME_LENGTH_MAX) return [];
    const remembered = this.#remembered.get(provider)?.get(model);
    if (remembered !== undefined) return remembered;
    const found = this.#look(provider, model.toLowerCase().trim());
    this.#remember(provider, model, found);
    return found;
  }

  /** Names come from clients, so the memory is bounded; a real set of models is far below it and never thrown away. */
  #remember(provider: string, model: string, found: readonly Sku[]): void {
    if (this.#namesRemembered >= REMEMBERED_MAX) {
      this.#remembered.clear();
      this.#namesRemembered = 0;
    }
    const ofProvider = this.#remembered.get(provider) ?? new Map<string, readonly Sku[]>();
    this.#remembered.set(provider, ofProvider.set(model, found));
    this.#namesRemembered += 1;
  }

  #look(provider: string, name: string): readonly Sku[] {
    const own = this.#configured.get(provider)?.skus;
    const list = this.#listFor(provider);
    return [
      own?.get(name) ?? own?.get(withoutDate(name)),
      list === undefined ? undefined : (this.#match(list, name) ?? this.#match(list, withDashedDate(name))),
    ].filter((sku) => sku !== undefined);
  }

  #match(list: PriceList, name: string): Sku | undefined {
    for (const { skus } of [
      list,
      ...list.fallbacks.map((other) => this.#lists.get(other)).filter((other) => other !== undefined),
    ]) {
      const found = skus.find(({ match }) => isMatch(match, name));
      if (found !== undefined) return found.sku;
    }
    return undefined;
  }
}
