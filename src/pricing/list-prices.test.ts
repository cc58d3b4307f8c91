import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Cost } from "#inference";
import { formatMoney, instant } from "#units";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";

const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
const lines = readFileSync(new URL("cases/list-prices.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

describe("a case of real usage costs what its hand-made sum says", () => {
  it.for(lines)("%s", (line) => {
    const [left = "", money = ""] = line.split(/ = (.*)/);
    const [provider = "", model = "", tier = "", day = "", ...quantities] = left.trim().split(/\s+/);
    const at = instant(Date.parse(day));
    const sku = book.find({ provider, model, at });
    expect(sku, `${provider} sells ${model}`).toBeDefined();
    if (sku === undefined) return;
    const usage = Object.fromEntries(quantities.map((text) => [text.split("=")[0], Number(text.split("=")[1])]));
    const { cost } = priceUsage(sku, { usage, tier: tier === "-" ? undefined : tier, at });
    expect(printCost(cost)).toBe(money.trim());
  });
});

function printCost(cost: Cost): string {
  return cost.type === "unpriced" ? `unpriced: ${cost.reason}` : formatMoney(cost.nanos);
}
