import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

/** How much one of something may cost on average, and how it stands. */
export const Target = z.strictObject({
  name: z.string(),
  where: z.record(z.string(), z.array(z.string())).describe("Of which interactions; of all when empty."),
  max_cost_per: z.enum(["interaction", "active_user", "outcome"]),
  outcome: z.string().optional().describe("Only outcomes of this name count."),
  limit_nanos: Nanos,
  over_days: z.int().describe("The rolling window."),
  min_count: z.int(),
  state: z.enum(["kept", "missed", "unknown"]),
  why: z
    .enum(["nothing_counted", "too_few", "nothing_succeeded", "unpriced", "not_counted_yet"])
    .optional()
    .describe("Why it is unknown, or has no cost."),
  from: Timestamp.optional().describe("The window as it was counted."),
  to: Timestamp.optional(),
  gross_nanos: Nanos.optional().describe("All that was spent in the window."),
  estimated_nanos: Nanos.optional().describe("How much of that is estimated."),
  unpriced: z.int().optional().describe("Entries whose cost is unknown; not in the sum."),
  counted: z.int().optional().describe("Interactions, active users, or outcomes that were reported."),
  divided_by: z.int().optional().describe("The same, but of outcomes only those that succeeded."),
  cost_nanos: Nanos.optional().describe("Of one, rounded to a nano; absent over nothing."),
});
export type Target = z.infer<typeof Target>;

export const TargetPage = z.strictObject({
  rows: z.array(Target).describe("Missed ones first."),
  as_of: Timestamp.optional().describe("When they were counted; absent until the first time."),
  currency: z.string(),
});
export type TargetPage = z.infer<typeof TargetPage>;

export const NewRevenue = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{Cc}]+$/u, "No control characters")
    .describe("What the file is called. One of the same name is replaced as a whole."),
  text: z
    .string()
    .max(6 * 1024 * 1024)
    .describe(
      "CSV with the columns customer, from, to, amount, currency and, where a customer pays several amounts for one period, reference. `to` is not in the period; days begin at 00:00 UTC.",
    ),
});
export type NewRevenue = z.infer<typeof NewRevenue>;

export const RevenueFile = z.strictObject({
  name: z.string(),
  rows: z.int(),
  nanos: Nanos.describe("The sum of all amounts."),
  digest: z.string().describe("SHA-256 of its text."),
  imported_at: Timestamp,
  imported_by: z.string(),
});
export type RevenueFile = z.infer<typeof RevenueFile>;

export const RevenueImport = z.strictObject({
  state: z.enum(["imported", "corrected", "unchanged"]),
  file: RevenueFile,
  before: RevenueFile.optional().describe("What it replaced."),
});
export type RevenueImport = z.infer<typeof RevenueImport>;

export const RevenueQuery = z.strictObject({
  from: Timestamp,
  to: Timestamp,
  customer: z.string().optional(),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});
export type RevenueQuery = z.infer<typeof RevenueQuery>;

export const RevenueRow = z.strictObject({
  customer: z.string(),
  from: Timestamp,
  to: Timestamp.describe("Not in the period."),
  nanos: Nanos.describe("For the whole period."),
  nanos_within: Nanos.describe("The part that falls into the range, evenly by time."),
  reference: z.string().optional(),
  file: z.string(),
  line: z.int(),
});

export const RevenueRows = z.strictObject({
  rows: z.array(RevenueRow),
  cursor: z.string().optional(),
  files: z.array(RevenueFile).describe("All files, with rows in the range or not."),
  total_nanos: Nanos.describe("Of the range, over all pages."),
  currency: z.string(),
});
export type RevenueRows = z.infer<typeof RevenueRows>;

export const MarginQuery = z.strictObject({
  from: Timestamp,
  to: Timestamp,
  revenue: z
    .enum(["auto", "table", "outcomes", "both"])
    .default("auto")
    .describe(
      "Where revenue is from: the imported table, the values of outcomes, their sum, or for each customer the table if it has anything in the range and else its outcomes.",
    ),
  outcome: z.string().max(128).optional().describe("Only outcomes of this name count."),
  filter: z.record(z.string(), z.array(z.string())).default({}),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});
export type MarginQuery = z.infer<typeof MarginQuery>;

export const MarginRow = z.strictObject({
  customer: z.string(),
  cost_nanos: Nanos,
  unpriced: z.int().describe("Entries whose cost is unknown; not in any sum."),
  revenue_nanos: Nanos.optional().describe("Absent where nobody said: unknown is not zero."),
  revenue_from: z.enum(["table", "outcomes", "both"]).optional(),
  outcome_value_nanos: Nanos.optional().describe("Absent where no outcome says what it is worth."),
  table_nanos: Nanos.optional(),
  table_covers: z.number().optional().describe("The share of the range that the table has periods for, from 0 to 1."),
  margin_nanos: Nanos.optional(),
  margin_percent: z.number().optional().describe("Of revenue; absent where that is not above 0."),
});
export type MarginRow = z.infer<typeof MarginRow>;

const MarginSums = z.strictObject({
  customers: z.int(),
  cost_nanos: Nanos,
  revenue_nanos: Nanos,
  margin_nanos: Nanos,
});

export const MarginGroup = MarginSums.extend({ margin_nanos_min: Nanos, margin_nanos_max: Nanos });
export type MarginGroup = z.infer<typeof MarginGroup>;

export const MarginRows = z.strictObject({
  rows: z.array(MarginRow).describe("The worst margins first; customers of unknown revenue last."),
  cursor: z.string().optional(),
  currency: z.string(),
  table_is_used: z
    .boolean()
    .describe("The table is of whole customers, so it is left out where another filter than customer cuts the cost."),
  known: MarginSums.describe("Customers whose revenue is known."),
  unknown: z.strictObject({ customers: z.int(), cost_nanos: Nanos }),
  under_water: MarginSums.extend({
    customers_percent: z.number().optional().describe("Of customers whose revenue is known."),
    revenue_percent: z.number().optional().describe("Of the revenue that is known."),
  }).describe("Customers who cost more than they bring."),
  groups: z
    .array(MarginGroup)
    .describe("Customers of known revenue in ten groups of as nearly as many each, the worst margins first."),
  no_customer_nanos: Nanos.describe("What was spent for no customer, or for more of them than are told apart."),
  total_cost_nanos: Nanos.describe("Known, unknown and no customer together."),
});
export type MarginRows = z.infer<typeof MarginRows>;

export const Assumption = z.strictObject({
  name: z.enum(["counterfactual", "revenue_share", "latency_elasticity", "latency_reference", "latency_cap"]),
  value: z.string().describe("As people read it."),
  source: z.string().optional().describe("Where it is from, as far as somebody said."),
  field: z.string().describe("Where it stands in tare.yaml, or would."),
  is_default: z.boolean().describe("It is what Tare assumes where nobody says another."),
});
export type Assumption = z.infer<typeof Assumption>;

export const ReturnQuery = z.strictObject({
  from: Timestamp,
  to: Timestamp,
  feature: z.string().max(128).optional().describe("Only this one."),
});
export type ReturnQuery = z.infer<typeof ReturnQuery>;

export const FeatureReturn = z.strictObject({
  feature: z.string(),
  cost_nanos: Nanos,
  unpriced: z.int().describe("Entries whose cost is unknown; not in the sum, so the true return is lower."),
  outcomes: z.int(),
  successes: z.int(),
  worth: z
    .strictObject({
      counterfactual_nanos: Nanos.describe("ASSUMED: what one success would have cost without the feature."),
      benefit_nanos: Nanos.describe("Successes times that."),
      roi_percent: z.number().optional().describe("Benefit less cost, over cost; absent where nothing was spent."),
    })
    .optional()
    .describe("Absent without a counterfactual, or without a reported outcome."),
  latency: z
    .strictObject({
      answers: z.int().describe("Answers that were measured."),
      over_ms_mean: z.number().describe("Mean time above the reference; quick answers count as 0."),
      revenue_nanos: Nanos,
      revenue_from: z
        .enum(["table", "outcomes"])
        .describe("The feature's share of the table, or its outcomes' values."),
      loss_nanos: Nanos.describe("ASSUMED: what the time above the reference costs."),
      is_capped: z.boolean(),
    })
    .optional()
    .describe("Absent without a reference, an answer, or revenue."),
  assumptions: z.array(Assumption).describe("All that the figures of this row rest on."),
});
export type FeatureReturn = z.infer<typeof FeatureReturn>;

export const ReturnRows = z.strictObject({
  rows: z.array(FeatureReturn),
  elasticity: Assumption.describe("What is assumed of latency whether or not a row uses it."),
  currency: z.string(),
});
export type ReturnRows = z.infer<typeof ReturnRows>;
