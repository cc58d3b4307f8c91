/** A change of mind about prices: what attempts cost at other rates, and the adjustments that book it. */
export { type Discount, discounted, DiscountsLeft } from "./discount.ts";
export { adjust, type NewPrice, sumOf, usageOf } from "./adjust.ts";
export { Preview, type PreviewRow } from "./preview.ts";
export { adjustSettled } from "./adjust-settled.ts";
