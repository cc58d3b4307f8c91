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
