/** The section `cache` of tare.yaml, and the field of the same name of a route. */
import { z } from "zod";
import { DurationText, SizeText } from "#units";

const MEMORY_MIN = 1024 * 1024;

export const CacheSection = z
  .strictObject({
    memory: SizeText.refine((bytes) => bytes >= MEMORY_MIN, { error: "has to be at least 1MiB" })
      .prefault("64MiB")
      .describe("Answers kept by all threads together; the least recently used go first. They are never on disk."),
  })
  .transform(({ memory }) => ({ bytesMax: memory }));

export const RouteCacheSection = z.strictObject({
  exact: DurationText.describe("For so long an identical call of the same tenant gets the same answer again."),
  tools: z
    .boolean()
    .default(false)
    .describe("Also calls that offer tools: an answer that calls one makes the client call it again."),
});
