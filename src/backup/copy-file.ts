import { createHash } from "node:crypto";
import { err, ok, type Result } from "#std";
import { type Disk, type DiskProblem } from "#world";

export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

export type CopyProblem = DiskProblem | { readonly type: "file-gone"; readonly path: string };

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Copies what the file has now, and syncs the copy. Of a file that grows meanwhile, only what was there at the start. */
export async function copyFile(disk: Disk, from: string, to: string): Promise<Result<FileSum, CopyProblem>> {
  const opened = disk.openAppend(to);
  if (!opened.ok) return opened;
  const copied = readThrough(disk, from, (chunk) => opened.value.append(chunk));
  const synced = copied.ok ? await opened.value.sync() : copied;
  opened.value.close();
  return synced.ok ? copied : synced;
}

export function sumFile(disk: Disk, path: string): Result<FileSum, CopyProblem> {
  return readThrough(disk, path, () => ok(undefined));
}

function readThrough(
  disk: Disk,
  path: string,
  take: (chunk: Buffer) => Result<void, DiskProblem>,
): Result<FileSum, CopyProblem> {
  const size = disk.size(path);
  if (size === undefined) return err({ type: "file-gone", path });
  const hash = createHash("sha256");
  let bytes = 0;
  while (bytes < size) {
    const chunk = disk.read(path, bytes, Math.min(CHUNK_BYTES, size - bytes));
    if (chunk === undefined || chunk.length === 0) return err({ type: "file-gone", path });
    const taken = take(chunk);
    if (!taken.ok) return taken;
    hash.update(chunk);
    bytes += chunk.length;
  }
  return ok({ bytes, sha256: hash.digest("hex") });
}
