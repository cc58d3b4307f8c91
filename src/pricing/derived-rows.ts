/** Rows that follow from standard ones by a rule which the provider states. */
import { assert } from "#std";
import { shareOf } from "#units";
import { type DerivedRate } from "./own-prices.ts";
import { type PriceRow } from "./price-row.ts";

const shares = {
  half: { times: 1n, by: 2n },
  "1.1 times": { times: 11n, by: 10n },
  double: { times: 2n, by: 1n },
} as const;

/** The rows of one model that a rule adds to those of its price list. */
export function derivedRows(rule: DerivedRate, model: string, seed: readonly PriceRow[]): readonly PriceRow[] {
  if (rule.containing !== undefined && !model.includes(rule.containing)) return [];
  if (rule.as === "cache_write_1h" && !lacksLongWrites(seed)) return [];
  return seed.filter((row) => isCovered(rule, row)).map((row) => derivedRow(rule, row));
}

/** It sells cache writes, and says nothing of those for an hour. */
function lacksLongWrites(seed: readonly PriceRow[]): boolean {
  return seed.some((row) => row.class === "cache_write_5m") && !seed.some((row) => row.class === "cache_write_1h");
}

function isCovered(rule: DerivedRate, row: PriceRow): boolean {
  return (
    row.tier === "standard" &&
    rule.classes.includes(row.class) &&
    !(rule.withoutBands === true && row.over > 0) &&
    (rule.from === undefined || (row.from !== undefined && row.from >= Date.parse(`${rule.from}T00:00:00Z`)))
  );
}

function derivedRow(rule: DerivedRate, row: PriceRow): PriceRow {
  const rate = shareOf(row.rate, shares[rule.share]);
  assert(rate !== undefined, "a share of a rate is a rate");
  const mark = rule.as === undefined ? `+${rule.tier}` : `+${rule.as}`;
  return {
    ...row,
    id: `${row.id.replace(/^seed:/, "own:")}${mark}`,
    class: rule.as ?? row.class,
    rate,
    tier: rule.tier,
    source: `${rule.share} of ${rule.as === undefined ? "standard" : row.class}: ${rule.source}`,
    checkedAt: rule.checkedAt,
  };
}
