import { z } from "zod";
import { Page, Timestamp } from "./vocabulary.ts";

const states = ["noted", "waiting", "sent", "failed"] as const;

export const Alert = z.strictObject({
  id: z.string(),
  type: z.enum([
    "budget_threshold",
    "budget_refused",
    "budget_overrun",
    "unpriced_spend",
    "slo_burning",
    "target_missed",
  ]),
  at: Timestamp,
  says: z.string(),
  facts: z.record(z.string(), z.string()),
  state: z
    .enum(states)
    .describe("noted: no webhook takes it. waiting: on its way. failed: given up on, until it is sent again."),
  attempts: z.int(),
  next_at: Timestamp.optional().describe("When it is tried next."),
  problem: z.string().optional().describe("Why the last try failed."),
  sent_at: Timestamp.optional(),
});
export type Alert = z.infer<typeof Alert>;

export const AlertQuery = z.strictObject({
  state: z.enum(states).optional(),
  limit: z.int().min(1).max(500).default(50),
  cursor: z.string().max(128).optional(),
});
export type AlertQuery = z.infer<typeof AlertQuery>;

/** Newest first. */
export const AlertPage = Page(Alert);
export type AlertPage = z.infer<typeof AlertPage>;
