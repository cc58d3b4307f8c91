import { z } from "zod";
import { Nanos } from "./vocabulary.ts";

export const CommitmentRow = z.strictObject({
  name: z.string(),
  provider: z.string(),
  models: z.array(z.string()).optional().describe("All of the provider's without it."),
  kind: z.enum(["prepaid", "committed"]),
  from: z.string().describe("First day, UTC."),
  to: z.string().describe("Last day, included."),
  state: z.enum(["ahead", "running", "used_up", "over"]).describe("over: its term is."),
  amount_nanos: Nanos,
  drawn_nanos: Nanos.describe("What the ledger has of the provider and models within the term, corrections taken in."),
  left_nanos: Nanos,
  over_nanos: Nanos.describe("Used beyond the amount."),
  per_day_nanos: Nanos.optional().describe("Of whole days, the last 28 at most."),
  runs_out: z
    .string()
    .optional()
    .describe("The day that the rest is drawn on at that pace, where it is within the term."),
  unused_nanos: Nanos.optional().describe("What would be left at the end at that pace; what is left once it is over."),
});
export type CommitmentRow = z.infer<typeof CommitmentRow>;

export const Commitments = z.strictObject({ currency: z.string(), rows: z.array(CommitmentRow) });
export type Commitments = z.infer<typeof Commitments>;
