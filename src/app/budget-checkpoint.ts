import { createHash } from "node:crypto";
import { z } from "zod";
import { type Result } from "#std";
import { type Disk, type DiskProblem } from "#world";

/** What the authority of budgets knows, so that a start has to read only the journals written since. */
export interface BudgetCheckpoint {
  /** From `EmbeddedAuthority.checkpoint`. */
  readonly authority: string;
  /** Holders whose journals are booked in it to their end. */
  readonly done: readonly string[];
}

export type KeptCheckpoint =
  | { readonly type: "none" }
  | { readonly type: "unreadable"; readonly detail: string }
  | { readonly type: "kept"; readonly checkpoint: BudgetCheckpoint };

const FILE_BYTES_MAX = 1024 * 1024 * 1024;
/** Raised when what the authority writes changes its meaning; another version is rebuilt from the journals. */
const VERSION = 1;

const Written = z.strictObject({ version: z.literal(VERSION), authority: z.string(), done: z.array(z.string()) });

/** The first line is the SHA-256 of the rest: a file that a disk has changed is not believed. */
export function writeCheckpoint(disk: Disk, path: string, checkpoint: BudgetCheckpoint): Result<void, DiskProblem> {
  const text = JSON.stringify({ version: VERSION, ...checkpoint });
  return disk.replace(path, Buffer.from(`${digest(text)}\n${text}`));
}

export function readCheckpoint(disk: Disk, path: string): KeptCheckpoint {
  const bytes = disk.read(path, 0, FILE_BYTES_MAX);
  if (bytes === undefined) return { type: "none" };
  const end = bytes.indexOf(0x0a);
  const text = bytes.subarray(end + 1).toString("utf8");
  if (end === -1 || digest(text) !== bytes.subarray(0, end).toString("latin1"))
    return { type: "unreadable", detail: "its checksum does not fit" };
  const read = Written.safeParse(JSON.parse(text));
  if (!read.success) return { type: "unreadable", detail: "it is of another version" };
  const { authority, done } = read.data;
  return { type: "kept", checkpoint: { authority, done } };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
