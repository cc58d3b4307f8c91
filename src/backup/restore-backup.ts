import { join } from "node:path";
import { Ledger, openDuckDbStore } from "#ledger";
import { err, ok, type Result } from "#std";
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { type BackupManifest, readManifest } from "./backup-manifest.ts";
import { copyFile, type CopyProblem } from "./copy-file.ts";
import { JOURNAL, LEDGER, LONE_FOLDERS } from "./what-is-kept.ts";
import { checkStores } from "./write-backup.ts";

export interface Restored {
  readonly version: string;
  /** Calls that ended later may be missing. */
  readonly madeAt: Instant;
  /** In the ledger, with what its journal held beyond it loaded. */
  readonly entries: number;
  readonly refusals: number;
}

export type RestoreProblem =
  | { readonly type: "not-a-backup"; readonly folder: string }
  | { readonly type: "folder-not-empty"; readonly folder: string }
  /** A running Tare has the folder. */
  | { readonly type: "folder-held"; readonly folder: string }
  /** A file is not what the manifest says: the backup was changed or damaged. Nothing can be started from the folder. */
  | { readonly type: "file-differs"; readonly path: string }
  | { readonly type: "stores-differ"; readonly detail: string }
  | CopyProblem;

const LOCK = "lock";
const RESTORE_MEMORY_BYTES = 1024 * 1024 * 1024;

/**
 * Copies a backup into an empty data folder and checks it: each file against its sum, the stores by opening them, the
 * ledger by its count and by loading what its journal holds beyond it.
 */
export async function restoreBackup(
  world: World,
  { from, folder }: { readonly from: string; readonly folder: string },
): Promise<Result<Restored, RestoreProblem>> {
  const { disk } = world;
  const manifest = readManifest(disk, from);
  if (!manifest.ok) return manifest;
  // The lock is a small database with a journal of its own beside it.
  if (disk.list(folder).some((name) => !name.startsWith(LOCK))) return err({ type: "folder-not-empty", folder });
  const made = disk.makeFolder(folder);
  if (!made.ok) return made;
  const lock = disk.hold(join(folder, LOCK));
  if (!lock.ok) return err(lock.error.type === "held" ? { type: "folder-held", folder } : lock.error);
  const restored = await copyAndCheck(world, { from, folder, manifest: manifest.value });
  lock.value.release();
  return restored;
}

async function copyAndCheck(
  world: World,
  { from, folder, manifest }: { readonly from: string; readonly folder: string; readonly manifest: BackupManifest },
): Promise<Result<Restored, RestoreProblem>> {
  const { disk } = world;
  for (const name of [JOURNAL, ...LONE_FOLDERS]) {
    const made = disk.makeFolder(join(folder, name));
    if (!made.ok) return made;
  }
  for (const { path, bytes, sha256 } of manifest.files) {
    const sum = await copyFile(disk, join(from, path), join(folder, path));
    if (!sum.ok) return sum;
    if (sum.value.bytes !== bytes || sum.value.sha256 !== sha256) return err({ type: "file-differs", path });
  }
  const counted = await checkStores(world, folder);
  if (!counted.ok) return err({ type: "stores-differ", detail: "detail" in counted.error ? counted.error.detail : "" });
  const { entries, refusals } = counted.value;
  if (entries !== manifest.entries || refusals !== manifest.refusals)
    return err({ type: "stores-differ", detail: `${entries} entries in place of ${manifest.entries}` });
  const loaded = await loadJournal(world, folder);
  if (!loaded.ok) return loaded;
  return ok({ version: manifest.version, madeAt: instant(Date.parse(manifest.made_at)), ...loaded.value });
}

/** What the journal holds beyond the ledger, as the first office would load it. */
async function loadJournal(
  { disk, clock }: World,
  folder: string,
): Promise<Result<{ readonly entries: number; readonly refusals: number }, RestoreProblem>> {
  const store = await openDuckDbStore(join(folder, LEDGER), { memoryBytes: RESTORE_MEMORY_BYTES, threads: 2 });
  if (!store.ok) return err({ type: "stores-differ", detail: store.error.type });
  const progress = await new Ledger({ disk, clock, folder: join(folder, JOURNAL), store: store.value }).catchUp();
  const kept = await store.value.checkpoint();
  const counts = await store.value.counts();
  store.value.close();
  const [problem] = progress.problems;
  if (problem !== undefined) return err({ type: "stores-differ", detail: `the journal: ${problem.type}` });
  return kept.ok ? ok(counts) : err({ type: "stores-differ", detail: kept.error.type });
}
