import { createHash } from "node:crypto";
import { type ConfiguredList, type PriceList } from "./price-lists.ts";
import { type Sku } from "./sku.ts";

/** Names everything that decides a price: rows, which of them are set aside, and the rules that match names. */
export function revisionOf(
  lists: ReadonlyMap<string, PriceList>,
  configured: ReadonlyMap<string, ConfiguredList>,
): string {
  const hash = createHash("sha256");
  for (const [name, list] of lists) {
    hash.update(`list ${name} ${list.fallbacks.join()} ${list.urls?.source}\n`);
    for (const { match, sku } of list.skus) hash.update(`match ${JSON.stringify(match)}\n${textOf(sku)}`);
  }
  for (const [name, list] of byName(configured)) {
    hash.update(`configured ${name} ${list.prices}\n`);
    for (const [, sku] of byName(list.skus)) hash.update(textOf(sku));
  }
  return hash.digest("hex").slice(0, 16);
}

/** The order in which a configuration file names things does not matter. */
function byName<Value>(entries: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function textOf(sku: Sku): string {
  const rows = sku.rows.map((row) =>
    [
      row.id,
      row.class,
      row.rate,
      row.isFree,
      row.minimum,
      row.tier,
      row.over,
      row.region,
      row.window?.fromMs,
      row.window?.toMs,
      row.from,
      row.until,
    ].join(" "),
  );
  const quarantined = sku.quarantined.map(({ row }) => `quarantined ${row.id}`);
  return [`sku ${sku.id} ${sku.contextWindow} ${sku.free} ${sku.searchesUnasked}`, ...rows, ...quarantined, ""].join(
    "\n",
  );
}
