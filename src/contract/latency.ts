import { z } from "zod";
import { Timestamp } from "./vocabulary.ts";

export const LatencyQuery = z.strictObject({
  by: z.array(z.string()).default([]),
  from: Timestamp,
  to: Timestamp,
  tz: z.string().default("UTC"),
  filter: z.record(z.string(), z.array(z.string())).default({}),
});
export type LatencyQuery = z.infer<typeof LatencyQuery>;

const Percentiles = z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number() });

/** Milliseconds, over delivered attempts; absent where nothing was measured. */
export const LatencyRows = z.strictObject({
  rows: z.array(
    z.strictObject({
      dimensions: z.record(z.string(), z.string()),
      attempts: z.int(),
      duration_ms: Percentiles.optional(),
      first_content_ms: Percentiles.optional(),
      overhead_ms: Percentiles.optional(),
    }),
  ),
  is_cut: z.boolean().describe("There are more than these 10,000 rows: ask for fewer dimensions, or with a filter."),
});
export type LatencyRows = z.infer<typeof LatencyRows>;

/** What went wrong, counted: refusals by our code, failures by theirs. Same query as latency. */
export const ErrorRows = z.strictObject({
  rows: z.array(
    z.strictObject({
      dimensions: z.record(z.string(), z.string()),
      origin: z.enum(["refused", "failed", "cut", "cancelled", "in_doubt"]),
      code: z.string(),
      status: z.int().optional(),
      count: z.int(),
    }),
  ),
  is_cut: z.boolean().describe("There are more than these 10,000 rows, which are the most frequent."),
});
export type ErrorRows = z.infer<typeof ErrorRows>;
