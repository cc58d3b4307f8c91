import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

export const MeterQuery = z.strictObject({
  from: Timestamp.optional().describe("Intervals of which a moment is then or later, whole; a day back without it."),
  to: Timestamp.optional().describe("Intervals that begin before; now without it."),
});
export type MeterQuery = z.infer<typeof MeterQuery>;

const Exporter = z.strictObject({
  url: z.string(),
  kinds: z
    .array(z.enum(["vllm", "dcgm", "nvidia_gpu_exporter"]))
    .describe("What it answered with since the office started."),
  gpus: z.int().describe("GPUs behind it now."),
  answered_at: Timestamp.optional(),
  problem: z.string().optional().describe("Why its last scrape gave no reading."),
});

const counts = {
  tokens_in: z.int(),
  tokens_cached: z.int().describe("Of those that came in, as far as the server counts them."),
  tokens_out: z.int(),
  requests: z.int(),
};

const MeteredModel = z.strictObject({
  model: z.string(),
  ...counts,
  share: z
    .number()
    .optional()
    .describe("Of the fleet: by the time that its requests ran where every model's is known, else by tokens."),
  cost_nanos: Nanos.optional().describe("Its share of all that the fleet cost, idle time included."),
  million_tokens_nanos: Nanos.optional().describe("What a million tokens cost, in and out together; absent over none."),
  million_tokens_out_nanos: Nanos.optional().describe("The same over tokens that came out alone."),
});

const MeteredSlot = z.strictObject({
  from: Timestamp,
  to: Timestamp,
  busy_ms: z.int(),
  idle_ms: z.int(),
  unknown_ms: z.int(),
});

export const MeterRow = z.strictObject({
  name: z.string(),
  provider: z.string(),
  every_ms: z.int(),
  booked_ms: z.int().describe("Length of the intervals that are booked."),
  measured_from: Timestamp.optional().describe("Begin of the first interval that has a moment in the time asked for."),
  measured_until: Timestamp.optional().describe("Everything before was looked at, or is unknown."),
  exporters: z.array(Exporter),
  busy_ms: z.int().describe("Milliseconds of GPUs that ran something."),
  idle_ms: z.int(),
  unknown_ms: z
    .int()
    .describe("Milliseconds of GPUs that no reading speaks for: missed scrapes, and GPUs that do not say."),
  idle_share: z.number().optional().describe("Idle part of the time that is known; absent where none is."),
  scrapes: z.int(),
  missed: z.int().describe("Scrapes that gave no reading."),
  cold_starts: z.int().describe("Starts of an inference server."),
  cold_start_ms: z.int().describe("From each start to its first answer, as far as somebody looked."),
  ...counts,
  cost_from: z.enum(["gpu_hour", "bill", "none"]).describe("none: nobody says what a GPU costs."),
  cost_nanos: Nanos.describe("What the fleet cost: busy + idle + unknown."),
  busy_nanos: Nanos,
  idle_nanos: Nanos,
  unknown_nanos: Nanos,
  unpriced_ms: z.int().describe("Milliseconds of GPUs for which no rate holds; not in the cost."),
  slots: z
    .array(MeteredSlot)
    .describe("The same time in equal parts of the range, at most a hundred; parts without any are left out."),
  models: z.array(MeteredModel).describe("The dearest first."),
});
export type MeterRow = z.infer<typeof MeterRow>;

export const MeterPage = z.strictObject({
  rows: z.array(MeterRow),
  from: Timestamp,
  to: Timestamp,
  currency: z.string(),
});
export type MeterPage = z.infer<typeof MeterPage>;
