import { dirname, join } from "node:path";
import { type Result } from "#std";
import { type AppendFile, type DiskProblem, type World } from "#world";
import { fine, type Finding, problem, unknown, warning } from "./finding.ts";

const TRIES = 20;
// What a settled call writes, about.
const LINE = Buffer.alloc(2048, "tare");
const GIB = 1024 ** 3;
// A month of ten million calls writes about 20 GB of journal: under 2 GiB a busy gateway has hours, not days.
const FREE_BYTES_FINE = 10 * GIB;
const FREE_BYTES_LEAST = 2 * GIB;
// With `fsync: turn` a call waits for this before its first upstream byte.
const SYNC_MS_FINE = 20;

/** Whether the data folder's disk can be written, how long a sync takes there, and how much is free. */
export function examineDisk(world: World, folder: string): readonly Finding[] {
  const place = existing(world, folder);
  const path = join(place, ".tare-doctor");
  const opened = world.disk.openAppend(path);
  if (!opened.ok) return [cannotWrite(place, opened.error)];
  const synced = timeSyncs(world, opened.value);
  opened.value.close();
  world.disk.remove(path);
  return synced.ok ? [ofSync(synced.value), ofFree(world.disk.freeBytes(place))] : [cannotWrite(place, synced.error)];
}

/** The folder itself, or the nearest one above it that is there: the data folder is made by the first start. */
function existing(world: World, folder: string): string {
  if (world.disk.size(folder) !== undefined || dirname(folder) === folder) return folder;
  return existing(world, dirname(folder));
}

function timeSyncs({ clock }: World, file: AppendFile): Result<number, DiskProblem> {
  const times: number[] = [];
  for (let count = 0; count < TRIES; count += 1) {
    const from = clock.monotonicMs();
    const written = file.append(LINE);
    const synced = written.ok ? file.syncNow() : written;
    if (!synced.ok) return synced;
    times.push(clock.monotonicMs() - from);
  }
  return { ok: true, value: times.toSorted((one, other) => one - other)[TRIES / 2] ?? 0 };
}

function cannotWrite(folder: string, { type }: DiskProblem): Finding {
  const why = type === "disk-full" ? "it is full" : "permissions, or a file system that is read-only";
  return problem("data folder", `${folder} cannot be written: ${why}`);
}

function ofSync(ms: number): Finding {
  const says = `a write with its sync takes ${ms.toFixed(1)} ms (median of ${TRIES})`;
  return ms <= SYNC_MS_FINE
    ? fine("disk speed", says)
    : warning("disk speed", `${says}; leave \`journal.fsync\` at 50ms here, or use a faster disk`);
}

function ofFree(bytes: number): Finding {
  if (!Number.isFinite(bytes)) return unknown("disk space", "the system does not say how much is free");
  const says = `${(bytes / GIB).toFixed(1)} GiB are free`;
  if (bytes >= FREE_BYTES_FINE) return fine("disk space", says);
  if (bytes >= FREE_BYTES_LEAST) return warning("disk space", `${says}; ten million calls write about 20 GB`);
  return problem("disk space", `${says}; calls are refused when the journal cannot be written`);
}
