import { z } from "zod";
import { Timestamp } from "./vocabulary.ts";

export const NewBackup = z.strictObject({
  folder: z
    .string()
    .min(1)
    .max(4096)
    .describe("An absolute path on the machine that Tare runs on: a folder that is empty or not there yet."),
});
export type NewBackup = z.infer<typeof NewBackup>;

export const Backup = z.strictObject({
  folder: z.string(),
  version: z.string(),
  made_at: Timestamp.describe("Everything booked before is in it."),
  entries: z.int(),
  refusals: z.int(),
  files: z.int(),
  bytes: z.int(),
});
export type Backup = z.infer<typeof Backup>;
