import { z } from "zod";

/** Billionths of the book currency as a decimal string, since JSON numbers are exact only to 9 million dollars. */
export const Nanos = z
  .string()
  .regex(/^-?\d+$/)
  .describe("Billionths of the book currency, as a decimal string.");
export type Nanos = z.infer<typeof Nanos>;

export const Timestamp = z.iso.datetime({ offset: true }).describe("RFC 3339.");
export type Timestamp = z.infer<typeof Timestamp>;

/** Every list is paged: `cursor` of one page asks for the next; absent at the end. */
export function Page<Row extends z.ZodType>(row: Row) {
  return z.strictObject({ rows: z.array(row), cursor: z.string().optional() });
}

/** RFC 9457 problem details with a stable code. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe("Stable; programs switch on this."),
  fields: z.array(z.strictObject({ path: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
