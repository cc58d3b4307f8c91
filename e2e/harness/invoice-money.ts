/** What simulated providers bill, in money, by the price list that the product uses too. */
import { type InvoiceLine } from "#demo";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";

export async function invoicedNanos(lines: readonly InvoiceLine[]): Promise<bigint> {
  const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
  let sum = 0n;
  for (const { format, model, quantities, tier, begunAt: at } of lines) {
    const sku = book.find({ provider: format === "gemini" ? "google" : format, model, at });
    if (sku === undefined) throw new Error(`no price for ${format} ${model}`);
    const { cost } = priceUsage(sku, { usage: quantities, tier, at });
    if (cost.type === "unpriced") throw new Error(`${model}: ${cost.reason}`);
    sum += cost.nanos;
  }
  return sum;
}
