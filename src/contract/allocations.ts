import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

const Month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
  .describe("Such as 2027-01, cut in the time zone of the configuration.");
const View = z.enum(["feature", "team", "customer"]);
const Value = z.string().min(1).max(200);

export const AllocationQuery = z.strictObject({
  month: Month.optional().describe("This month by default."),
  by: View.default("feature"),
});
export type AllocationQuery = z.infer<typeof AllocationQuery>;

export const AllocatedBill = z.strictObject({
  bill: z.string().describe("Entries of the month that are alike in all that rules choose by."),
  name: z.string(),
  provider: z.string(),
  kind: z.string(),
  layer: z.string(),
  nanos: Nanos,
  entries: z.int(),
  unpriced: z
    .int()
    .optional()
    .describe(
      "Entries whose cost is unknown; not in any sum. Absent in months that were closed before they were counted.",
    ),
  entry: z.string().describe("The id of one of them."),
  rule: z.string().optional().describe("The rule that took it; absent where none did."),
  allocated_nanos: Nanos,
  unallocated_nanos: Nanos,
});
export type AllocatedBill = z.infer<typeof AllocatedBill>;

export const AllocationRow = z.strictObject({
  value: z
    .string()
    .describe("`(none)` for what was used without a name, `(unallocated)` for what no rule gave to anybody."),
  total_nanos: Nanos.describe("The three that follow."),
  direct_nanos: Nanos.describe("What entries carry of themselves."),
  shared_nanos: Nanos.describe("Its part of bills and of other shared work."),
  corrected_nanos: Nanos.describe("What this month corrects of closed ones."),
  layers: z.array(z.strictObject({ layer: z.string(), nanos: Nanos })),
});
export type AllocationRow = z.infer<typeof AllocationRow>;

const standing = {
  month: Month,
  currency: z.string(),
  state: z.enum(["open", "closed"]),
  closed_at: Timestamp.optional(),
  revision: z.string().describe("Of the rules it was derived by."),
  booked_until: Timestamp.describe("Everything that was booked before is in it."),
};

export const AllocationAnswer = z.strictObject({
  ...standing,
  by: View,
  rows: z.array(AllocationRow).describe("The dearest first."),
  bills: z.array(AllocatedBill),
  billed_nanos: Nanos.describe("Of all bills: allocated and unallocated together."),
  allocated_nanos: Nanos,
  unallocated_nanos: Nanos,
  corrected_nanos: Nanos,
  total_nanos: Nanos.describe("What the ledger has of the month, and what the month corrects of closed ones."),
});
export type AllocationAnswer = z.infer<typeof AllocationAnswer>;

export const ExplainQuery = z.strictObject({
  month: Month.optional(),
  by: View.default("feature"),
  value: Value.optional().describe("Whose lines; without it `bill` says of which bill, whoever carries it."),
  layer: Value.optional(),
  bill: z.string().max(64).optional().describe("Only lines of this bill."),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z.string().max(32).optional(),
});
export type ExplainQuery = z.infer<typeof ExplainQuery>;

const ShareStep = z.strictObject({
  rule: z.string(),
  driver: z.string().describe("By what it was shared, such as `tokens` or `fixed shares`."),
  unit: z.enum(["nanos", "ms", "count"]).describe("Of the quantities: money, time, or how many."),
  to: z.string().describe("`feature=support`, or `pool platform`."),
  quantity: z.string(),
  of: z.string(),
});

export const ExplainedLine = z.strictObject({
  source: z
    .enum(["direct", "bill", "carried", "correction"])
    .describe("carried: a part of what a feature, team or customer carries, told by another dimension."),
  layer: z.string(),
  nanos: Nanos,
  bill: z.string().optional(),
  name: z.string().optional().describe("What the bill is called, or what carries it."),
  whole_nanos: Nanos.optional().describe("All that was shared."),
  entry: z.string().optional().describe("An entry that it comes from."),
  by: z.string().optional().describe("Of a carried one: by what else it is carried."),
  value: z.string().optional(),
  month: z.string().optional().describe("Of a correction: the closed month that it corrects."),
  unallocated: z.enum(["no-rule", "no-quantity"]).optional(),
  steps: z.array(ShareStep),
});
export type ExplainedLine = z.infer<typeof ExplainedLine>;

export const Explanation = z.strictObject({
  ...standing,
  by: View,
  value: z.string().optional(),
  nanos: Nanos.describe("Of all lines, on whatever page they stand."),
  rows: z.array(ExplainedLine),
  cursor: z.string().optional(),
});
export type Explanation = z.infer<typeof Explanation>;

export const ClosedMonth = z.strictObject({
  month: Month,
  closed_at: Timestamp,
  revision: z.string(),
  total_nanos: Nanos,
});
export type ClosedMonth = z.infer<typeof ClosedMonth>;

export const Statement = z.strictObject({
  ...standing,
  team: z.string(),
  total_nanos: Nanos,
  before_nanos: Nanos.describe("Of the month before."),
  before: Month,
  layers: z
    .array(
      z.strictObject({
        layer: z.string(),
        direct_nanos: Nanos,
        shared_nanos: Nanos,
        corrected_nanos: Nanos,
        total_nanos: Nanos,
        before_nanos: Nanos,
      }),
    )
    .describe("Empty where no cost of either month is this team's: the sums are then of nothing, and no zero."),
  bridge: z
    .array(
      z.strictObject({
        part: z.enum(["volume", "mix", "efficiency", "price", "work", "shared"]),
        nanos: Nanos,
      }),
    )
    .describe("Adds up to the difference against the month before, exactly."),
  drivers: z.strictObject({
    calls: z.string(),
    tokens: z.string(),
    calls_before: z.string(),
    tokens_before: z.string(),
  }),
  trend: z.array(z.strictObject({ month: Month, total_nanos: Nanos, state: z.enum(["open", "closed"]) })),
});
export type Statement = z.infer<typeof Statement>;

export const FlowQuery = z.strictObject({ month: Month.optional() });
export type FlowQuery = z.infer<typeof FlowQuery>;

const FlowEnd = z.strictObject({ stage: z.enum(["source", "layer", "feature", "outcome"]), name: z.string() });

export const MoneyFlow = z.strictObject({
  ...standing,
  total_nanos: Nanos.describe("Of each stage."),
  links: z.array(z.strictObject({ from: FlowEnd, to: FlowEnd, nanos: Nanos })),
});
export type MoneyFlow = z.infer<typeof MoneyFlow>;
