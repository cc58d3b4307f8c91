import { z } from "zod";

/** Kept answers for which everything that is said holds; all of them when nothing is. */
export const ForgetAnswers = z.strictObject({
  tenant: z.string().min(1).max(128).optional().describe("The team of the keys that they were made for."),
  feature: z.string().min(1).max(128).optional(),
  tag: z.string().min(1).max(300).optional().describe("`name=value`, or a name alone for every value of it."),
});
export type ForgetAnswers = z.infer<typeof ForgetAnswers>;
