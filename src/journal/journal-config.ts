import { z } from "zod";

/** The `journal` section of tare.yaml. */
export const JournalSection = z.strictObject({
  fsync: z
    .enum(["turn", "50ms", "never"])
    .default("50ms")
    .describe(
      "When lines are forced to the device: at the end of each turn of the event loop, 50 ms after the first, or when the system likes. A loss of power may cost that much; a crash of the process costs nothing with any of them.",
    ),
  segment_mib: z
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe("Size in MiB at which a segment is sealed and the next begun."),
});
export type JournalSection = z.infer<typeof JournalSection>;
