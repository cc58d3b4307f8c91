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

/** A day, UTC. */
const Day = z.iso.date();

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
  keep: z
    .boolean()
    .default(true)
    .describe("Whether the report is kept, day by day, in the place of an earlier one of the same days."),
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

const sums = {
  booked_nanos: Nanos,
  reported_nanos: Nanos.describe("booked_nanos plus the causes, all of them: nothing is scaled."),
  by_cause: z.record(z.enum(causes), Nanos),
  open_nanos: Nanos.describe(
    "What somebody has to look at: all causes but rounding, lag, credit and tax, each as a size.",
  ),
  coverage_percent: z
    .number()
    .optional()
    .describe("Booked of reported, without credits, taxes and what is not reported yet; absent where that is 0."),
  bypass_percent: z.number().optional().describe("Of what was reported, how much never passed the gateway."),
};

export const ReconciledDay = z.strictObject({
  day: z.string().describe("UTC."),
  fetched_at: Timestamp.optional().describe("When the report of the day was fetched or given, where it is kept."),
  ...sums,
});
export type ReconciledDay = z.infer<typeof ReconciledDay>;

export const Reconciliation = z.strictObject({
  provider: z.string(),
  format: z.enum(["openai", "anthropic"]),
  currency: z.string(),
  from: z.string().describe("First day of the report, UTC."),
  to: z.string().describe("Last day, included."),
  days: z.int(),
  compared: z.int().describe("Days by model, meter and tier that were compared."),
  ...sums,
  by_day: z.array(ReconciledDay).describe("Each day of the report; their sums are those of the whole."),
  rows: z.array(ReconciledDifference).describe("The largest first, at most 1,000."),
  rows_left_out: z.int(),
});
export type Reconciliation = z.infer<typeof Reconciliation>;

export const KeptReconciliationQuery = z.strictObject({
  provider: z.string().min(1).max(128).optional().describe("Every one that reports are kept of, without it."),
  from: Day.optional().describe("First day, UTC; 30 days before `to` by default."),
  to: Day.optional().describe("Last day, included; today by default."),
  lag_hours: NewReconciliation.shape.lag_hours.unwrap().default(24),
});
export type KeptReconciliationQuery = z.infer<typeof KeptReconciliationQuery>;

export const Reconciliations = z.strictObject({
  from: z.string(),
  to: z.string(),
  rows: z.array(Reconciliation).describe("One for each provider with a report of these days, by name."),
});
export type Reconciliations = z.infer<typeof Reconciliations>;

export const KeptReport = z.strictObject({
  provider: z.string(),
  format: z.enum(["openai", "anthropic"]),
  is_fetched: z.boolean().describe("Whether it stands under `reports` in tare.yaml; others were given as files."),
  every_ms: z.int().optional(),
  days: z.int().describe("Days of which something is kept."),
  first_day: z.string().optional(),
  last_day: z.string().optional(),
  fetched_at: Timestamp.optional().describe("When the newest of it was fetched or given."),
  next_at: Timestamp.optional(),
  is_fetching: z.boolean(),
  problem: z.string().optional().describe("What did not come the last time, and why."),
});
export type KeptReport = z.infer<typeof KeptReport>;

export const KeptReports = z.strictObject({ rows: z.array(KeptReport) });
export type KeptReports = z.infer<typeof KeptReports>;

export const BookReport = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .describe("UTC, such as 2027-01. Days that are not finished in the report are left out."),
});
export type BookReport = z.infer<typeof BookReport>;

export const FetchReport = z.strictObject({
  from: Day.optional().describe("First day, UTC; as many as tare.yaml says by default."),
  to: Day.optional().describe("Last day, included; today by default. At most 92 days."),
});
export type FetchReport = z.infer<typeof FetchReport>;
