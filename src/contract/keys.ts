import { z } from "zod";
import { Page, Timestamp } from "./vocabulary.ts";

const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, "No control characters");

const Tokens = z.int().min(1).max(100_000_000);

export const NewKey = z.strictObject({
  name: Name.optional(),
  team: Name.optional(),
  feature: Name.optional(),
  customer: Name.optional(),
  environment: Name.optional(),
  models: z
    .array(Name)
    .max(200)
    .optional()
    .describe("Allowed model names; `*` at the end matches any rest. All when absent."),
  max_output_tokens: Tokens.optional().describe(
    "The most output tokens that a call may ask for, and what one that asks for none is sent with.",
  ),
  max_context: Tokens.optional().describe("The most input tokens that a call may hold."),
  require_interaction: z
    .boolean()
    .optional()
    .describe("Calls that do not name their interaction are refused, so that its budget holds for a whole run."),
  expires_at: Timestamp.optional(),
});
export type NewKey = z.infer<typeof NewKey>;

export const Key = z.strictObject({
  id: z.string(),
  name: z.string(),
  hint: z.string().describe("The last four characters of the secret."),
  team: z.string().optional(),
  feature: z.string().optional(),
  customer: z.string().optional(),
  environment: z.string().optional(),
  models: z.array(z.string()).optional(),
  max_output_tokens: z.int().optional(),
  max_context: z.int().optional(),
  require_interaction: z.boolean(),
  origin: z.enum(["books", "config"]),
  state: z
    .enum(["active", "expired", "revoked", "rotating"])
    .describe("rotating: replaced, and good until expires_at."),
  created_at: Timestamp,
  expires_at: Timestamp.optional(),
  revoked_at: Timestamp.optional(),
  last_used_at: Timestamp.optional(),
});
export type Key = z.infer<typeof Key>;

export const KeyPage = Page(Key);
export type KeyPage = z.infer<typeof KeyPage>;

/** The only answer that holds the secret; it is not kept and cannot be shown again. */
export const CreatedKey = z.strictObject({ key: Key, secret: z.string() });
export type CreatedKey = z.infer<typeof CreatedKey>;

export const KeyQuery = z.strictObject({
  limit: z.int().min(1).max(500).default(100),
  cursor: z.string().optional(),
});
export type KeyQuery = z.infer<typeof KeyQuery>;

/** Replaces a key by a new one with the same name, attribution, models and expiry. */
export const KeyRotation = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(30 * 24 * 60 * 60)
    .default(24 * 60 * 60)
    .describe("How long the old key stays good, unless it expires sooner; 0 ends it at once."),
});
export type KeyRotation = z.infer<typeof KeyRotation>;
