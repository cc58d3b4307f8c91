import { z } from "zod";
import { Timestamp } from "./vocabulary.ts";

export const FocusQuery = z.strictObject({
  from: Timestamp.describe("Inclusive."),
  to: Timestamp.describe("Exclusive."),
  version: z
    .enum(["1.2", "1.4", "1.5-draft"])
    .default("1.4")
    .describe("Of FOCUS; 1.5-draft adds who and which model as its working draft names them."),
  per: z.enum(["day", "month"]).default("day").describe("How long a charge period is, in UTC."),
  format: z.enum(["csv", "parquet"]).default("csv"),
});
export type FocusQuery = z.infer<typeof FocusQuery>;
