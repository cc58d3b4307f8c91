import { z } from "zod";
import { Nanos, Page, Timestamp } from "./vocabulary.ts";

export const EntryComponent = z.strictObject({
  class: z.string(),
  quantity: z.int(),
  rate: z.string().describe("Currency per million units, exact decimal."),
  nanos: Nanos,
  row: z.string().describe("The price row."),
});

export const Entry = z.strictObject({
  id: z.string(),
  attempt: z.string(),
  call: z.string(),
  interaction: z.string(),
  number: z.int(),
  incurred_at: Timestamp,
  booked_at: Timestamp,
  kind: z.string(),
  step: z.string().optional().describe("Of a step: its name."),
  parent: z.string().optional().describe("Id of the step that it is part of, which may never have come."),
  revision: z.int().optional().describe("Of a step that its sender corrected: which telling it is."),
  purpose: z.string(),
  layer: z.string(),
  state: z.string(),
  delivered: z.string(),
  is_net: z.boolean(),
  tenant: z.string(),
  feature: z.string(),
  team: z.string(),
  customer: z.string(),
  user: z.string(),
  environment: z.string(),
  session: z.string(),
  tags: z.record(z.string(), z.string()),
  claimed: z.record(z.string(), z.string()),
  key: z.string(),
  route: z.string().optional(),
  provider: z.string(),
  target: z.string().describe("provider/model asked."),
  model: z.string().describe("The model that served."),
  format: z.string(),
  operation: z.string(),
  stream: z.boolean(),
  region: z.string().optional(),
  why: z.string().optional().describe("Why this target: its place in the order, its price and health at that moment."),
  tier: z.string().optional(),
  status: z.int().optional(),
  error: z.string().optional(),
  upstream_id: z.string().optional(),
  cost_type: z.enum(["priced", "estimated", "unpriced"]).describe("in_doubt entries are unpriced with in_doubt_nanos."),
  cost_reason: z.string().optional().describe("Basis of an estimate, or why there is no price."),
  nanos: Nanos.optional().describe("Absent when unpriced, never 0 for unknown."),
  in_doubt_nanos: Nanos,
  avoided_nanos: Nanos.describe("Of a kept answer: what it had cost when it was made, as far as that is known."),
  components: z.array(EntryComponent),
  usage: z.record(z.string(), z.int()).optional(),
  reported: z.string().optional().describe("The provider's own usage object, as JSON text."),
  price_book: z.string().optional(),
  sku: z.string().optional(),
  bound_type: z.enum(["proven", "ceiling", "unknown"]),
  bound_nanos: Nanos.optional(),
  call_end: z.boolean(),
  duration_ms: z.number().optional(),
  first_byte_ms: z.number().optional(),
  first_content_ms: z.number().optional(),
  overhead_ms: z.number().optional(),
});
export type Entry = z.infer<typeof Entry>;

export const EntryQuery = z.strictObject({
  interaction: z.string().optional(),
  tenant: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("Whose: ids of interactions, and those that clients give their steps, are each tenant's own."),
  call: z.string().optional(),
  from: Timestamp.optional(),
  to: Timestamp.optional(),
  filter: z.record(z.string(), z.array(z.string())).default({}),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
});
export type EntryQuery = z.infer<typeof EntryQuery>;

export const EntryPage = Page(Entry);
export type EntryPage = z.infer<typeof EntryPage>;
