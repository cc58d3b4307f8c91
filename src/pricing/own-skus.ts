/** What we add to the seed: tiers, classes and models that it lacks, each with its source. */
import { type PriceRow } from "./price-row.ts";

export interface OwnSku {
  readonly provider: string;
  readonly model: string;
  /** Other names of a model that the seed does not have. */
  readonly aliases?: readonly string[];
  readonly rows: readonly PriceRow[];
  readonly contextWindow?: number;
  readonly free?: string;
  readonly searchesUnasked?: boolean;
}

export function ownSkus(): readonly OwnSku[] {
  return [];
}
