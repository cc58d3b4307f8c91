import { z } from "zod";

/** The section `log` of tare.yaml. */
export const LogSection = z.strictObject({
  level: z
    .enum(["error", "warn", "info"])
    .default("info")
    .describe("The least that is logged, on standard error, a JSON object a line."),
  calls: z
    .boolean()
    .default(false)
    .describe(
      "A line at `info` for each call when it has ended: who, which model, how it ended, how long it took, what it cost. Never a word of what was said.",
    ),
});
