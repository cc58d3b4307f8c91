/** The price rows of the models that calls were answered by lately: what somebody who opens the price book is after. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { PriceRow, QuarantinedPriceRow } from "#contract";
import { isNamed } from "../format/words.ts";
import { type Client, type Span } from "./client.ts";

export interface PricesInUse {
  /** Those of the dearest model first, and of a model what calls pay who ask for no tier. */
  readonly rows: readonly PriceRow[];
  readonly quarantined: readonly QuarantinedPriceRow[];
  /** How many models have rows here. */
  readonly models: number;
  /** Used too, and not among the rows: beyond the dearest, or without a row of that name. */
  readonly others: readonly string[];
}

/** Each is a question of its own; a page of more rows than these have is a list for another day. */
const MODELS_MAX = 12;
const USED_MAX = 500;
const STANDARD = "standard";

export function pricesInUseQuery(client: Client, { timezone, ...span }: Span & { readonly timezone: string }) {
  return queryOptions({
    queryKey: ["prices in use", span],
    queryFn: ({ signal }) => readPrices(client, { ...span, timezone }, signal),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
}

async function readPrices(
  client: Client,
  span: Span & { readonly timezone: string },
  signal: AbortSignal,
): Promise<PricesInUse> {
  const spend = await client.spend({ ...span, by: ["provider", "model"], filters: {}, limit: USED_MAX }, signal);
  const used = spend.rows
    .filter(({ attempts }) => attempts > 0)
    .toSorted((a, b) => compare(BigInt(b.gross_nanos), BigInt(a.gross_nanos)))
    .map(({ dimensions: { provider = "", model = "" } }) => ({ provider, model }))
    .filter(({ provider, model }) => isNamed(provider) && isNamed(model));
  const answers = await Promise.all(used.slice(0, MODELS_MAX).map((question) => client.prices(question, signal)));
  const rows = new Map(answers.flatMap((answer) => standardFirst(answer.rows)).map((row) => [row.row, row]));
  const others = used.filter((_, index) => (answers[index]?.rows.length ?? 0) === 0).map(({ model }) => model);
  return {
    rows: [...rows.values()],
    quarantined: answers.flatMap(({ quarantined }) => quarantined),
    models: new Set([...rows.values()].map(({ provider, model }) => `${provider}/${model}`)).size,
    others: [...new Set(others)],
  };
}

function standardFirst(rows: readonly PriceRow[]): readonly PriceRow[] {
  return rows.toSorted((a, b) => Number(b.tier === STANDARD) - Number(a.tier === STANDARD));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
