/** How a checkpoint is written: amounts as decimal text, since JSON has no integers of this size. */
import { z } from "zod";
import { instant } from "#units";

export const Amount = z
  .string()
  .regex(/^-?\d{1,40}$/)
  .transform((text) => BigInt(text));

export const InstantNumber = z.number().transform((at) => instant(at));

export const AccountNameText = z.strictObject({
  key: z.string(),
  budget: z.string(),
  value: z.string(),
  from: InstantNumber,
  to: InstantNumber,
});

/** The inverse of what the schemas read. */
export function writeState(state: unknown): string {
  return JSON.stringify(state, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
