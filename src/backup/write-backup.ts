import { basename, isAbsolute, join, relative } from "node:path";
import { Books } from "#books";
import { listSegments } from "#journal";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { type BackedUpFile, type BackupManifest, MANIFEST_FILE } from "./backup-manifest.ts";
import { copyFile, type CopyProblem, sumFile } from "./copy-file.ts";
import { BOOKS, JOURNAL, LEDGER, loneFiles, LONE_FOLDERS } from "./what-is-kept.ts";

export type BackupProblem =
  /** The target has to be an absolute path outside the data folder. */
  | { readonly type: "bad-target"; readonly target: string }
  | { readonly type: "target-not-empty"; readonly target: string }
  | { readonly type: "copy-failed"; readonly detail: string }
  /** The copy was made and is not what it should be; it is no backup. */
  | { readonly type: "copy-differs"; readonly detail: string }
  | CopyProblem;

export interface BackupParts {
  /** The data folder. */
  readonly folder: string;
  readonly target: string;
  readonly version: string;
  readonly store: DuckDbStore;
  readonly books: Books;
}

/**
 * Makes a backup while everything runs. The journal is copied last, so it holds all that the other stores have: what
 * comes out is what a crash at that moment would have left, and a start from it goes on as after a crash. It holds the
 * secrets of the data folder.
 */
export async function writeBackup(world: World, parts: BackupParts): Promise<Result<BackupManifest, BackupProblem>> {
  const { disk, clock } = world;
  const { folder, target, version, store, books } = parts;
  const inside = relative(folder, target);
  if (!isAbsolute(target) || inside === "" || !inside.startsWith("..")) return err({ type: "bad-target", target });
  if (disk.list(target).length > 0) return err({ type: "target-not-empty", target });
  for (const name of ["", JOURNAL, ...LONE_FOLDERS]) {
    const made = disk.makeFolder(join(target, name));
    if (!made.ok) return made;
  }
  const madeAt = new Date(clock.now()).toISOString();
  const ledger = await store.copyTo(join(target, LEDGER));
  if (!ledger.ok) return err({ type: "copy-failed", detail: `the ledger: ${told(ledger.error)}` });
  const copied = books.copyTo(join(target, BOOKS));
  if (!copied.ok) return err({ type: "copy-failed", detail: `the books: ${told(copied.error)}` });
  const counted = await checkStores(world, target);
  if (!counted.ok) return counted;
  const files = await copyFiles(world, { folder, target });
  if (!files.ok) return files;
  const manifest: BackupManifest = { format: 1, version, made_at: madeAt, ...counted.value, files: files.value };
  const written = disk.replace(join(target, MANIFEST_FILE), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return written.ok ? ok(manifest) : written;
}

function told(problem: { readonly type: string; readonly detail?: string }): string {
  return problem.detail ?? problem.type;
}

interface Counts {
  readonly entries: number;
  readonly refusals: number;
}

const CHECK_MEMORY_BYTES = 512 * 1024 * 1024;

/** Opens both copies as a start would, and counts what is in the ledger's. */
export async function checkStores(world: World, folder: string): Promise<Result<Counts, BackupProblem>> {
  const path = join(folder, BOOKS);
  const books = Books.open(path, world);
  if (!books.ok) return err({ type: "copy-differs", detail: `the books: ${told(books.error)}` });
  const intact = books.value.check(path);
  await books.value.close();
  if (!intact.ok) return err({ type: "copy-differs", detail: `the books: ${told(intact.error)}` });
  const store = await openDuckDbStore(join(folder, LEDGER), { memoryBytes: CHECK_MEMORY_BYTES, threads: 1 });
  if (!store.ok) return err({ type: "copy-differs", detail: `the ledger: ${told(store.error)}` });
  const counts = await store.value.counts();
  store.value.close();
  return ok(counts);
}

/** Everything that is a file: small ones first, the journal last. The stores' copies are there already and are summed. */
async function copyFiles(
  { disk }: World,
  { folder, target }: { readonly folder: string; readonly target: string },
): Promise<Result<BackedUpFile[], BackupProblem>> {
  const files: BackedUpFile[] = [];
  for (const path of [LEDGER, BOOKS]) {
    const sum = sumFile(disk, join(target, path));
    if (!sum.ok) return sum;
    files.push({ path, ...sum.value });
  }
  const journal = listSegments(disk, join(folder, JOURNAL)).map(({ path }) => `${JOURNAL}/${basename(path)}`);
  for (const path of [...loneFiles(disk, folder), ...journal]) {
    const sum = await copyFile(disk, join(folder, path), join(target, path));
    if (!sum.ok) return sum;
    files.push({ path, ...sum.value });
  }
  return ok(files);
}
