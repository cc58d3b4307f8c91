import { z } from "zod";
import { Page, Timestamp } from "./vocabulary.ts";

/** One change that somebody made to what must not change unseen. Secrets never stand in it. */
export const AuditLine = z.strictObject({
  id: z.string(),
  at: Timestamp,
  who: z.string().describe("The token or session, or tare.yaml for a changed file."),
  action: z.string().describe("Such as key-created, token-ended, budget-put, config-changed."),
  subject: z.string().describe("What was changed: its kind and its id."),
  before: z.string().optional().describe("As it was; absent for something new."),
  after: z.string().optional().describe("As it is now; absent for something that ended."),
});
export type AuditLine = z.infer<typeof AuditLine>;

export const AuditQuery = z.strictObject({
  subject: z.string().optional().describe("Only changes of this subject."),
  limit: z.int().min(1).max(500).default(100),
  cursor: z.string().optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditPage = Page(AuditLine);
export type AuditPage = z.infer<typeof AuditPage>;
