import { z } from "zod";
import { Nanos } from "./vocabulary.ts";

const Day = z.iso.date();

export const NewSettlement = z.strictObject({
  provider: z.string().min(1).max(128),
  from: Day.describe("First day, UTC."),
  to: Day.describe("Last day, included. At most 92 days."),
  lag_hours: z
    .number()
    .min(0)
    .max(744)
    .default(26)
    .describe("Days that ended less than this before their report was fetched stay open; never less than 26."),
});
export type NewSettlement = z.infer<typeof NewSettlement>;

export const AppliedSettlement = NewSettlement.extend({
  expected_nanos: Nanos.describe("The difference that the preview showed: nothing is written where it is another."),
});
export type AppliedSettlement = z.infer<typeof AppliedSettlement>;

const sums = {
  attempts: z.int(),
  before_nanos: Nanos.describe("What the ledger has of them: estimates."),
  in_doubt_nanos: Nanos.describe("What might have come on top; it is released."),
  after_nanos: Nanos.describe("What the report's quantities cost at our rates."),
  difference_nanos: Nanos.describe("after_nanos − before_nanos, booked as adjustments."),
};

export const SettledRow = z.strictObject({ day: z.string(), model: z.string(), ...sums });
export type SettledRow = z.infer<typeof SettledRow>;

export const SettlementPreview = z.strictObject({
  provider: z.string(),
  currency: z.string(),
  rows: z.array(SettledRow).describe("By day and model."),
  total: z.strictObject(sums),
  left: z
    .array(
      z.strictObject({
        day: z.string(),
        model: z.string(),
        attempts: z.int(),
        why: z
          .enum([
            "not-finished",
            "not-stated",
            "less-than-certain",
            "more-than-held",
            "several-tiers",
            "no-price",
            "no-report",
          ])
          .describe("Why nobody can say what they used; they stay as they are."),
      }),
    )
    .describe("What stays open."),
});
export type SettlementPreview = z.infer<typeof SettlementPreview>;
