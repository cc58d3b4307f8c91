/** A change of mind about prices: what attempts would cost at other rates, and the adjustments that book the difference. */
export { type Discount, discounted } from "./discount.ts";
export { adjust, type NewPrice, sumOf, usageOf } from "./adjust.ts";
export { Preview, type PreviewRow } from "./preview.ts";
