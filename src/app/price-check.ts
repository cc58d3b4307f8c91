import { type Config } from "#config";
import { buildPrices } from "./compile.ts";

/** The latest day on which somebody compared a price of the book with its source, as YYYY-MM-DD; undefined when none says. */
export async function latestPriceCheck(config: Pick<Config, "providers">): Promise<string | undefined> {
  const { rows } = (await buildPrices(config)).search({});
  return rows
    .flatMap(({ checked_at }) => checked_at?.slice(0, 10) ?? [])
    .toSorted()
    .at(-1);
}
