import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "#std";
import { type Disk } from "#world";

export const MANIFEST_FILE = "tare-backup.json";
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

const Path = z.string().regex(/^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/);

const Manifest = z.strictObject({
  format: z.literal(1),
  /** The version of Tare that wrote it. */
  version: z.string(),
  /** Everything booked before is in it; of what came later some may be. */
  made_at: z.iso.datetime(),
  /** Rows of the ledger in it; its journal may hold more that were not loaded yet. */
  entries: z.int().min(0),
  refusals: z.int().min(0),
  files: z.array(z.strictObject({ path: Path, bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** What a backup holds, written last: a folder without one is no backup. */
export type BackupManifest = z.infer<typeof Manifest>;
export type BackedUpFile = BackupManifest["files"][number];

/** `not-a-backup`: there is no manifest, or none that this version understands. */
export function readManifest(
  disk: Disk,
  folder: string,
): Result<BackupManifest, { readonly type: "not-a-backup"; readonly folder: string }> {
  const problem = { type: "not-a-backup", folder } as const;
  const text = disk.read(join(folder, MANIFEST_FILE), 0, MANIFEST_BYTES_MAX)?.toString("utf8");
  if (text === undefined) return err(problem);
  const parsed = Manifest.safeParse(parseJson(text));
  return parsed.success ? ok(parsed.data) : err(problem);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A file that is no JSON is no manifest; whoever asks is told so.
    return undefined;
  }
}
