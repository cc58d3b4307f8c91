import { z } from "zod";
import { Nanos, Timestamp } from "./vocabulary.ts";

/** Which tags there are in a range: what a filter `tag.NAME=VALUE` and a dimension `tag.NAME` can say. */
export const TagQuery = z.strictObject({
  from: Timestamp.describe("Inclusive."),
  to: Timestamp.describe("Exclusive."),
  name: z
    .string()
    .regex(/^[^\p{Cc},]{1,64}$/u)
    .optional()
    .describe("Of which tag the values; without it the names of all tags."),
  find: z.string().max(128).optional().describe("Only those with this in them, in capitals or not."),
  filter: z.record(z.string(), z.array(z.string())).default({}),
  limit: z.int().min(1).max(1000).default(100),
});
export type TagQuery = z.infer<typeof TagQuery>;

export const TagRow = z.strictObject({
  name: z.string(),
  value: z.string().optional().describe("Absent where names were asked for; `(none)` is what has no such tag."),
  gross_nanos: Nanos.describe("What cost with it."),
});
export type TagRow = z.infer<typeof TagRow>;

export const TagRows = z.strictObject({
  rows: z.array(TagRow).describe("The dearest first."),
  is_cut: z.boolean().describe("There are more than these: `find` narrows them."),
});
export type TagRows = z.infer<typeof TagRows>;
