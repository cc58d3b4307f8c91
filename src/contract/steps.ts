import { z } from "zod";
import { Timestamp } from "./vocabulary.ts";

const Id = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);
const Value = z.string().min(1).max(128);
const Amount = z.string().regex(/^\d{1,12}(\.\d{1,9})?$/);

/** The same dimensions as the headers of a call. */
const said = {
  feature: Value.optional(),
  team: Value.optional(),
  customer: Value.optional(),
  user: Value.optional(),
  environment: Value.optional(),
  session: Value.optional(),
  tags: z.record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), Value).optional(),
};

/** The kinds of measured work in an interaction. */
export const stepKinds = [
  "model",
  "embedding",
  "rerank",
  "retrieval",
  "tool",
  "guard",
  "judge",
  "review",
  "cache",
  "custom",
  "compute",
  "idle",
  "pipeline",
  "storage",
  "compliance",
  "engineering",
  "edge",
] as const;

export const NewStep = z.strictObject({
  id: Id.describe("Made once by the sender: the same step posted again changes nothing."),
  revision: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      "Which telling of the step it is, 0 for the first: a higher one holds in place of the lower, as a whole, whichever comes first.",
    ),
  interaction: Id,
  parent: Id.optional().describe("Id of the step that it is part of."),
  kind: z
    .enum([...stepKinds, "group"])
    .describe("`group` only holds the steps that name it as their parent: it has no usage and no cost of itself."),
  name: z.string().min(1).max(200),
  started_at: Timestamp.optional().describe("When it is posted, by default."),
  duration_ms: z.number().min(0).max(1e12).optional(),
  failed: z.string().min(1).max(200).optional().describe("A code of what went wrong; absent when nothing did."),
  provider: Value.optional(),
  model: Value.optional(),
  usage: z
    .record(z.string(), z.number().min(0).max(1e15))
    .optional()
    .describe(
      "Tokens by class, such as input_uncached, or calls, seconds, vectors, gb_days, gpu_seconds, person_minutes.",
    ),
  cost: Amount.optional().describe("What it cost, where the sender knows: a decimal in the book currency."),
  ...said,
});
export type NewStep = z.infer<typeof NewStep>;

export const NewSteps = z.strictObject({
  tenant: Value.default("default").describe("Whose interactions these are: the team of the keys that they use."),
  steps: z.array(NewStep).min(1).max(1000),
});
export type NewSteps = z.infer<typeof NewSteps>;

export const TakenSteps = z.strictObject({
  recorded: z.int().describe("New steps."),
  corrected: z.int().describe("Steps of which more is known by these, or that a higher revision corrects."),
  repeated: z.int().describe("Steps that were there already, or in a higher revision."),
  unpriced: z.int().describe("New steps that nothing prices."),
});
export type TakenSteps = z.infer<typeof TakenSteps>;

export const NewOutcome = z.strictObject({
  id: Id.describe("The sender's own id of the result; the same id again corrects it."),
  interaction: Id,
  name: Value.describe("Such as resolved, converted."),
  success: z.boolean().default(true).describe("False for a result that was not reached."),
  value: Amount.optional().describe("What it is worth, a decimal in the book currency."),
  at: Timestamp.optional().describe("When it happened; now by default."),
  ...said,
});
export type NewOutcome = z.infer<typeof NewOutcome>;

export const NewOutcomes = z.strictObject({
  tenant: Value.default("default"),
  outcomes: z.array(NewOutcome).min(1).max(1000),
});
export type NewOutcomes = z.infer<typeof NewOutcomes>;

export const TakenOutcomes = z.strictObject({
  recorded: z.int(),
  corrected: z.int(),
  unchanged: z.int(),
});
export type TakenOutcomes = z.infer<typeof TakenOutcomes>;
