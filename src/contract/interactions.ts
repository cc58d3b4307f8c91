import { z } from "zod";
import { Nanos, Page, Timestamp } from "./vocabulary.ts";

/** One step of an interaction: a call of the gateway, or work that was measured elsewhere. */
export const StepRow = z.strictObject({
  id: z.string(),
  parent: z.string().optional().describe("The nearest step above it that is among these; absent at the top."),
  depth: z.int(),
  name: z.string(),
  kind: z.string().describe("`group` where it only holds steps together, which is no step in any count."),
  purpose: z.string(),
  layer: z.string(),
  state: z.string(),
  at: Timestamp,
  duration_ms: z.number().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  call: z.string().optional().describe("Id of the call, where the step went through the gateway."),
  nanos: Nanos.optional().describe("What it cost of itself; absent when nothing of it is priced."),
  total_nanos: Nanos.describe("With all steps below it."),
  estimated_nanos: Nanos,
  in_doubt_nanos: Nanos.describe("What may still come on top of what it cost; in no sum."),
  unpriced: z.int(),
  tokens_in: z.int().optional(),
  tokens_out: z.int().optional(),
});
export type StepRow = z.infer<typeof StepRow>;

export const OutcomeRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  success: z.boolean(),
  value_nanos: Nanos.optional(),
  at: Timestamp,
});
export type OutcomeRow = z.infer<typeof OutcomeRow>;

const Amount = z.string().regex(/^\d{1,18}$/);

/**
 * Which interactions: those with a step in the range that has what is filtered by, each dimension on a step of its own. Cost, time
 * and outcome are judged and shown of the whole interaction, in the range or not.
 */
export const InteractionQuery = z.strictObject({
  from: Timestamp.optional(),
  to: Timestamp.optional(),
  id: z.string().max(64).optional().describe("Interactions whose id begins so."),
  tenant: z.string().min(1).max(128).optional().describe("Whose."),
  min_nanos: Amount.optional().describe("At least so dear, in billionths."),
  max_nanos: Amount.optional().describe(
    "At most so dear, in billionths; of one with a part without a price nobody knows, and it is not among them.",
  ),
  cost: z.enum(["estimated", "unpriced"]).optional().describe("With a part that is estimated, or has no price."),
  min_value_nanos: Amount.optional().describe(
    "Whose outcomes are worth so much together at least, in billionths; not those of which nobody said.",
  ),
  max_value_nanos: Amount.optional().describe("The same, at most."),
  min_ms: z
    .int()
    .min(0)
    .optional()
    .describe(
      "From the start of the first step to the end of the last, at least. What is not known is neither at least nor at most.",
    ),
  max_ms: z.int().min(0).optional().describe("The same, at most."),
  state: z
    .string()
    .max(32)
    .optional()
    .describe("One of its calls or steps ended so; `refused`, or `problems` for everything but answered."),
  code: z.string().max(128).optional().describe("Our code of a refusal, or the error of one of its attempts or steps."),
  status: z.int().min(100).max(599).optional().describe("HTTP status of a refusal, or of one of its attempts."),
  outcome: z.string().max(128).optional().describe("A name, or `success`, `failure`, `none`."),
  sort: z.enum(["newest", "dearest", "slowest"]).default("newest"),
  filter: z.record(z.string(), z.array(z.string())).default({}),
  limit: z.int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});
export type InteractionQuery = z.infer<typeof InteractionQuery>;

export const InteractionRow = z.strictObject({
  interaction: z.string(),
  tenant: z.string(),
  from: Timestamp,
  duration_ms: z
    .number()
    .optional()
    .describe("From the start of the first step to the end of the last; absent where no step says how long it took."),
  feature: z.string(),
  customer: z.string(),
  user: z.string(),
  calls: z.int(),
  steps: z.int().describe("Beside calls; what only holds others is none."),
  gross_nanos: Nanos,
  net_nanos: Nanos,
  tare_nanos: Nanos,
  estimated_nanos: Nanos,
  in_doubt_nanos: Nanos.describe("What may still come on top of gross; in no sum."),
  unpriced: z.int(),
  value_nanos: Nanos.optional().describe("What its outcomes are worth together, as far as somebody said."),
  outcomes: z.array(z.string()),
  failed_outcomes: z.array(z.string()).describe("Those of `outcomes` that were reported as no success."),
});
export type InteractionRow = z.infer<typeof InteractionRow>;

export const InteractionPage = Page(InteractionRow);
export type InteractionPage = z.infer<typeof InteractionPage>;

/** What one of anything costs, or `per` of them. Averages are exact sums over exact counts, rounded once to a nano; absent over nothing. */
export const UnitCosts = z.strictObject({
  gross_nanos: Nanos,
  net_nanos: Nanos,
  tare_nanos: Nanos,
  tare_ratio: z.number().optional().describe("Gross over net; absent when net is 0."),
  estimated_nanos: Nanos,
  unpriced: z.int().describe("Entries whose cost is unknown; not in any sum."),
  calls: z.int(),
  steps: z.int(),
  interactions: z.int(),
  users: z.int().describe("Active users: different ones that were named."),
  sessions: z.int(),
  outcomes: z.int(),
  successes: z.int(),
  valued: z.int().describe("Outcomes that say what they are worth."),
  tokens_in: z.int(),
  tokens_out: z.int(),
  value_nanos: Nanos.describe(
    "What outcomes of these interactions are worth, as far as somebody said. By customer, or of one: those that name the customer, and those without a name of interactions in which this customer costs most.",
  ),
  margin_nanos: Nanos.describe("Value less gross."),
  per_call_nanos: Nanos.optional(),
  per_step_nanos: Nanos.optional().describe(
    "Over steps that were measured elsewhere; with a filter on kind, of that kind.",
  ),
  per_token_nanos: Nanos.optional().describe("Over tokens in and out."),
  per_interaction_nanos: Nanos.optional(),
  per_user_nanos: Nanos.optional().describe(
    "Everything spent, what no user was named for too, over the different users that were named.",
  ),
  per_session_nanos: Nanos.optional().describe("Everything spent, outside of sessions too, over sessions."),
  per_outcome_nanos: Nanos.optional(),
  per_success_nanos: Nanos.optional().describe("Everything spent, failures and retries too, over what succeeded."),
});
export type UnitCosts = z.infer<typeof UnitCosts>;

export const UnitRow = UnitCosts.extend({ dimensions: z.record(z.string(), z.string()) });
export type UnitRow = z.infer<typeof UnitRow>;

export const UnitQuery = z.strictObject({
  by: z.array(z.string()).default([]).describe("Dimensions, as of spend; none for one total."),
  from: Timestamp,
  to: Timestamp,
  tz: z.string().default("UTC"),
  outcome: z.string().max(128).optional().describe("Only outcomes of this name count."),
  per: z.int().min(1).max(1_000_000).default(1).describe("Averages are of so many: 1000 for a thousand calls."),
  sort: z
    .enum(["dearest", "unpriced"])
    .default("dearest")
    .describe("Which rows come first: those that cost most, or those with the most entries without a price."),
  filter: z.record(z.string(), z.array(z.string())).default({}),
});
export type UnitQuery = z.infer<typeof UnitQuery>;

export const UnitRows = z.strictObject({
  rows: z.array(UnitRow).describe("In the order of `sort`, at most 1000."),
  is_cut: z.boolean().describe("There are more rows than these; the total is over all."),
  total: UnitCosts,
  per: z.int().describe("How many each `per_…_nanos` is of."),
  currency: z.string(),
});
export type UnitRows = z.infer<typeof UnitRows>;
