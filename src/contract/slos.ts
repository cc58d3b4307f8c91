import { z } from "zod";
import { Timestamp } from "./vocabulary.ts";

const Burn = z
  .number()
  .optional()
  .describe("How many times faster than just allowed; absent where nothing was called in the window.");

export const Slo = z.strictObject({
  name: z.string(),
  of: z.strictObject({ dimension: z.enum(["route", "feature", "provider"]), value: z.string() }),
  measure: z
    .enum(["answered", "duration", "first_content", "cost_per_call", "cost_per_interaction", "cost_per_outcome"])
    .describe("What is promised, as in `good` of tare.yaml."),
  promises: z.string().describe("Such as: 99.5 % answered, or 95 % within 800 ms to the first content."),
  over_days: z.number().describe("The rolling period of the promise."),
  target: z.number().describe("Share that is promised, from 0 to 1."),
  total: z.int().describe("What counts in the period."),
  good: z.int(),
  budget_left: z
    .number()
    .optional()
    .describe("Share of what may miss that has not yet; negative when the promise is broken; absent without a call."),
  burn: z.strictObject({ "5m": Burn, "1h": Burn, "6h": Burn, "3d": Burn }),
  burning: z.enum(["fast", "slow"]).optional().describe("fast: look now; slow: look today; absent: neither."),
});
export type Slo = z.infer<typeof Slo>;

export const SloPage = z.strictObject({
  rows: z.array(Slo),
  as_of: Timestamp.optional().describe("When they were counted; absent until the first time."),
});
export type SloPage = z.infer<typeof SloPage>;
