/** Usage to money by a dated price book, and the most that an attempt can cost. */
export { boundUsage, type BoundTerms } from "./bound-usage.ts";
export { estimateUsage } from "./estimate-usage.ts";
export { ownSkus } from "./own-skus.ts";
export { PriceBook } from "./price-book.ts";
export { type ConfiguredPrices } from "./price-lists.ts";
export { priceUsage } from "./price-usage.ts";
export { type PrintedPriceRow, type PrintedQuarantinedRow } from "./price-row.ts";
export { PricingSection } from "./pricing-config.ts";
export { bundledSeed } from "./seed.ts";
export { type Sku } from "./sku.ts";
