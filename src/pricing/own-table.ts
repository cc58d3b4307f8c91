/** Reads the tables of own prices into rows. */
import { assert } from "#std";
import { type UsageClass, usageClasses } from "#inference";
import { instant, type Rate } from "#units";
import { exactRate } from "./exact-decimal.ts";
import { type FlatTable } from "./own-prices.ts";
import { type PriceRow, tiers } from "./price-row.ts";
import { isTokenClass } from "./usage-family.ts";

export function rowsOfLine(
  table: FlatTable,
  words: readonly string[],
): { readonly model: string; readonly rows: PriceRow[] } {
  const [model = "", tierWord = "", band = "", since = "", ...rates] = words;
  const tier = tiers.find((name) => name === tierWord);
  assert(tier !== undefined && rates.length > 0, `a line of an own table: ${words.join(" ")}`);
  const over = Number(band.replace("-", "0"));
  const from = since === "-" ? undefined : instant(Date.parse(`${since}T00:00:00Z`));
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
