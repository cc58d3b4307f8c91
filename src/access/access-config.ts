import { z } from "zod";
import { SecretText } from "#units";

const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, "a name has no control characters");
const MODELS_MAX = 200;
const TOKENS_MAX = 100_000_000;

/** One of the section `keys`: a key whose secret the configuration knows. Others come from `tare key create`. */
export const StaticKeySection = z.strictObject({
  name: Name.describe("By which people know the key; no two are alike."),
  secret: SecretText.describe("Where the key's secret is found: `${NAME}` (environment) or `file:/path`."),
  team: Name.optional().describe("The team that pays, whatever a call says."),
  feature: Name.optional().describe("The feature, whatever a call says."),
  customer: Name.optional().describe("The customer, whatever a call says."),
  environment: Name.optional().describe("The environment, whatever a call says."),
  models: z
    .array(Name)
    .max(MODELS_MAX)
    .optional()
    .describe("Allowed model names; a `*` at the end matches any rest. All when absent."),
  max_output_tokens: z
    .int()
    .min(1)
    .max(TOKENS_MAX)
    .optional()
    .describe("The most output tokens that a call may ask for, and what one that asks for none is sent with."),
  max_context: z.int().min(1).max(TOKENS_MAX).optional().describe("The most input tokens that a call may hold."),
  require_interaction: z
    .boolean()
    .optional()
    .describe("Calls must name their interaction (`x-tare-interaction`), so that its budget holds for a whole run."),
  expires_at: z.iso.datetime({ offset: true }).optional().describe("First instant at which the key is no longer good."),
});
