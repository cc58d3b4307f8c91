/** Recorded usage bodies with the usage and prices that somebody else made of them. Nothing is copied from there. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { instant } from "#units";

const file = path.resolve("../shared/data/prices/expected/genai_prices_expected_usages.json");

/** Prices are exact decimals in dollars; absent where the extractor found none. */
export interface ExpectedUsage {
  readonly model?: string;
  readonly body: { readonly [key: string]: unknown };
  readonly extracted: readonly {
    readonly usage: Readonly<Record<string, number>>;
    readonly extractors: readonly ExpectedPrice[];
  }[];
}

export interface ExpectedPrice {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
  readonly total_price?: string;
}

/** The corpus names no day; these are the prices of late 2025, between o3's fall and the moves of Mistral's aliases. */
export const RECORDED = instant(Date.parse("2025-11-01T12:00:00Z"));

/** False where the corpus is not at hand; its tests then say so and skip. */
export function hasExpectedUsages(): boolean {
  return existsSync(file);
}

export function readExpectedUsages(): readonly ExpectedUsage[] {
  return JSON.parse(readFileSync(file, "utf8"));
}
