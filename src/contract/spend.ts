import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

/** What spend can be grouped and filtered by, besides `tag.NAME`. */
export const spendDimensions = [
  "feature",
  "team",
  "customer",
  "user",
  "environment",
  "session",
  "key",
  "route",
  "target",
  "provider",
  "model",
  "layer",
  "purpose",
  "kind",
  "step",
  "minute",
  "hour",
  "day",
  "week",
  "month",
] as const;

/** `by` is a comma list; other query parameters named like a dimension are filters, repeated ones mean OR. */
export const SpendQuery = z.strictObject({
  by: z.array(z.string()).describe("Dimensions, in order; empty for one total."),
  from: Timestamp.describe("Inclusive."),
  to: Timestamp.describe("Exclusive."),
  tz: z.string().default("UTC").describe("IANA time zone that minutes, hours, days, weeks and months are cut in."),
  filter: z.record(z.string(), z.array(z.string())).default({}),
  limit: z.int().min(1).max(10_000).default(1000),
  cursor: z.string().optional(),
});
export type SpendQuery = z.infer<typeof SpendQuery>;

export const SpendMoney = z.strictObject({
  gross_nanos: Nanos,
  net_nanos: Nanos,
  tare_nanos: Nanos,
  avoided_nanos: Nanos,
  estimated_nanos: Nanos.describe("The part of gross that is estimated."),
  in_doubt_nanos: Nanos.describe("Beside gross: what may still come on top."),
  calls: z.int().describe("Calls that ended: entries with call_end."),
  attempts: z.int(),
  refused: z.int().describe("Calls we said no to; they cost nothing."),
  unpriced: z.int().describe("Entries whose cost is unknown; not in any sum."),
  tokens_in: z.int(),
  tokens_out: z.int(),
});
export type SpendMoney = z.infer<typeof SpendMoney>;

/** With what is of the sums and adds up to nothing. */
export const SpendSum = SpendMoney.extend({
  tare_ratio: z.number().optional().describe("Gross over net, to four places; absent when net is 0."),
});
export type SpendSum = z.infer<typeof SpendSum>;

export const SpendRow = SpendSum.extend({
  dimensions: z.record(z.string(), z.string()).describe("Value of each dimension asked for."),
});
export type SpendRow = z.infer<typeof SpendRow>;

export const SpendAnswer = z.strictObject({
  rows: z.array(SpendRow),
  total: SpendSum.describe("Over everything the filter lets through, also what other pages hold."),
  currency: z.string(),
  from: Timestamp,
  to: Timestamp,
  tz: z.string(),
  booked_until: Timestamp.describe("Everything that ended before is in."),
  lines_left_out: z
    .int()
    .optional()
    .describe(
      "Damaged lines of the whole journal, of any time: what they said is in no total. Absent while there are none.",
    ),
  cursor: z.string().optional(),
});
export type SpendAnswer = z.infer<typeof SpendAnswer>;
