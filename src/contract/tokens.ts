import { z } from "zod";
import { Page, Timestamp } from "./vocabulary.ts";

const TokenName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, "Letters, digits and _.:-, at most 64")
  .describe("By which people know it, and by which it stands in the audit.");

const TokenRole = z
  .enum(["admin", "finance", "viewer"])
  .describe("viewer: look; finance: and look after money; admin: and after everything.");

export const NewToken = z.strictObject({ name: TokenName, role: TokenRole, expires_at: Timestamp.optional() });
export type NewToken = z.infer<typeof NewToken>;

export const Token = z.strictObject({
  name: z.string(),
  role: z.string().describe("viewer, finance or admin; one of a newer version opens nothing here."),
  created_at: Timestamp,
  expires_at: Timestamp.optional(),
});
export type Token = z.infer<typeof Token>;

export const TokenQuery = z.strictObject({
  limit: z.int().min(1).max(500).default(100),
  cursor: z.string().min(1).max(128).optional(),
});
export type TokenQuery = z.infer<typeof TokenQuery>;

export const TokenPage = Page(Token);
export type TokenPage = z.infer<typeof TokenPage>;

/** The only answer that holds the secret; it is not kept and cannot be shown again. */
export const CreatedToken = z.strictObject({ token: Token, secret: z.string() });
export type CreatedToken = z.infer<typeof CreatedToken>;
