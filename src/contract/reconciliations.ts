import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

const causes = [
  "bypass",
  "tier",
  "price",
  "rounding",
  "lag",
  "credit",
  "tax",
  "double_count",
  "lost_day",
  "unsettled",
  "unexplained",
] as const;

export const NewReconciliation = z.strictObject({
  provider: z.string().min(1).max(128).describe("The configured provider whose report this is."),
  pages: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .max(1000)
    .describe("Answers of the provider's usage and cost APIs, as they came: OpenAI's or Anthropic's."),
  as_of: Timestamp.optional().describe("When the report was fetched; now by default."),
  lag_hours: z
    .number()
    .min(0)
    .max(744)
    .default(24)
    .describe("Days that ended less than this before may not be finished in the report."),
});
export type NewReconciliation = z.infer<typeof NewReconciliation>;

export const ReconciledPart = z.strictObject({
  cause: z.enum(causes),
  quantity: z.int().describe("How much of the quantity it explains; 0 for what is only money."),
  nanos: Nanos,
});

export const ReconciledDifference = z.strictObject({
  day: z.string().describe("UTC."),
  model: z.string(),
  meter: z.string().describe("What the report counts by, such as input or cache_read; (all) for a line of the day."),
  tier: z.string(),
  booked_quantity: z.int().optional(),
  reported_quantity: z.int().optional(),
  booked_nanos: Nanos,
  reported_nanos: Nanos,
  at_our_rates: z.boolean().describe("The report has a quantity here and no amount."),
  item: z.string().optional().describe("The line in the provider's words."),
  parts: z.array(ReconciledPart).describe("They add up to reported_nanos − booked_nanos."),
});
export type ReconciledDifference = z.infer<typeof ReconciledDifference>;

export const Reconciliation = z.strictObject({
  provider: z.string(),
  format: z.enum(["openai", "anthropic"]),
  currency: z.string(),
  from: z.string().describe("First day of the report, UTC."),
  to: z.string().describe("Last day, included."),
  days: z.int(),
  compared: z.int().describe("Days by model, meter and tier that were compared."),
  booked_nanos: Nanos,
  reported_nanos: Nanos.describe("booked_nanos plus the causes, all of them: nothing is scaled."),
  by_cause: z.record(z.enum(causes), Nanos),
  open_nanos: Nanos.describe(
    "What somebody has to look at: all causes but rounding, lag, credit and tax, each as a size.",
  ),
  coverage_percent: z
    .number()
    .optional()
    .describe("Booked of reported, without credits and taxes; absent where that is 0."),
  bypass_percent: z.number().optional().describe("Of what was reported, how much never passed the gateway."),
  rows: z.array(ReconciledDifference).describe("The largest first, at most 1,000."),
  rows_left_out: z.int(),
});
export type Reconciliation = z.infer<typeof Reconciliation>;
