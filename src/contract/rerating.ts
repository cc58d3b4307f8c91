import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

export const PriceChange = z.strictObject({
  from: Timestamp.describe("Attempts that were incurred from here on."),
  to: Timestamp.describe("Exclusive."),
  reason: z.string().min(1).max(200).describe("Stands on every adjustment."),
  rates: z
    .record(z.string().min(1).max(128), z.record(z.string().min(1).max(256), z.unknown()))
    .optional()
    .describe("By provider and model, written as in tare.yaml. Without rates and discounts: the price book in force."),
  discounts: z
    .array(
      z.strictObject({
        provider: z.string().min(1).max(128),
        model: z.string().min(1).max(256).optional().describe("Every model without it."),
        up_to: z
          .string()
          .regex(/^\d{1,12}(\.\d{1,9})? USD$/, "write money such as 10000 USD")
          .optional()
          .describe(
            "At list prices, what it holds for from the start of the range on: `10000 USD`. The attempt that would pass it and all after it are at list prices.",
          ),
        percent: z.string().regex(/^(?:100|\d{1,2}(?:\.\d{1,4})?)$/, "write a share such as 12.5"),
      }),
    )
    .max(1000)
    .optional(),
});
export type PriceChange = z.infer<typeof PriceChange>;

export const AppliedPriceChange = PriceChange.extend({
  expected_nanos: Nanos.describe("The difference that the preview showed: nothing is written where it is another."),
});
export type AppliedPriceChange = z.infer<typeof AppliedPriceChange>;

const sums = {
  attempts: z.int(),
  before_nanos: Nanos,
  after_nanos: Nanos,
  difference_nanos: Nanos,
};

export const PriceChangeRow = z.strictObject({
  provider: z.string(),
  model: z.string(),
  feature: z.string(),
  month: z.string().describe("UTC."),
  ...sums,
});
export type PriceChangeRow = z.infer<typeof PriceChangeRow>;

export const PriceChangePreview = z.strictObject({
  currency: z.string(),
  book: z.string().describe("Revision of the price book with the change."),
  rows: z.array(PriceChangeRow).describe("The largest change first, at most 1,000."),
  rows_left_out: z.int(),
  total: z.strictObject(sums),
  not_priced: z.int().describe("Attempts that the new prices do not know; they stay as they are."),
  unsettled: z
    .int()
    .describe("Attempts of which more may still come, or whose money has no components; they stay too."),
});
export type PriceChangePreview = z.infer<typeof PriceChangePreview>;
