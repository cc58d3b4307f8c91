import { join } from "node:path";
import { createSecretKey, type KeyObject } from "node:crypto";
import { findNewerFormat } from "#journal";
import { err, ok, type Result } from "#std";
import { type Disk, type DiskProblem, type World } from "#world";

/** The one folder everything lives in, held by this process. */
export interface DataFolder {
  readonly path: string;
  readonly journal: string;
  /** A folder for each thread's answers that memory has no room for; made when there is a first one. */
  readonly cache: string;
  /** Of spans that are no steps, for the next office. */
  readonly links: string;
  /** Lines of the journal that nobody could read, as they were written. */
  readonly setAside: string;
  readonly ledger: string;
  readonly books: string;
  readonly adminToken: string;
  readonly keyRing: string;
  /** Budgets made through the API, as the gateway keeps them. */
  readonly budgets: string;
  readonly budgetCheckpoint: string;
  /** Until when doubts of a day ago were looked for. */
  readonly budgetDoubts: string;
  /** Random text that names this node in the journal. */
  readonly node: string;
  /** Keys are kept only as HMACs under this; it never leaves the folder. */
  readonly pepper: KeyObject;
  release(): void;
}

export type FolderProblem =
  | { readonly type: "folder-held"; readonly path: string }
  | { readonly type: "folder-is-demo"; readonly path: string }
  | { readonly type: "folder-is-real"; readonly path: string }
  | { readonly type: "folder-newer"; readonly path: string; readonly version: number }
  | DiskProblem;

const DEMO_MARK = "DEMO";
const PEPPER_BYTES = 32;
const NODE_BYTES = 4;
const SMALL_FILE_MAX = 4096;

/**
 * Makes and holds the folder. A folder is either of the demo or real from its first start on, so that no simulated
 * number ever stands beside a real one.
 */
export function openDataFolder(
  world: World,
  { path, isDemo }: { readonly path: string; readonly isDemo: boolean },
): Result<DataFolder, FolderProblem> {
  const { disk, chance } = world;
  for (const folder of [path, join(path, "journal"), join(path, "secrets"), join(path, "budgets")]) {
    const made = disk.makeFolder(folder);
    if (!made.ok) return made;
  }
  const lock = disk.hold(join(path, "lock"));
  if (!lock.ok) return err(lock.error.type === "held" ? { type: "folder-held", path } : lock.error);
  const problem = checkDemoMark(world, { path, isDemo }) ?? checkFormat(world, path);
  if (problem !== undefined) {
    lock.value.release();
    return err(problem);
  }
  const pepper = readOrMake(world, join(path, "secrets", "key-pepper"), () => chance.hex(PEPPER_BYTES));
  if (!pepper.ok) return pepper;
  const node = readOrMake(world, join(path, "node"), () => chance.hex(NODE_BYTES));
  if (!node.ok) return node;
  return ok({
    path,
    ...pathsIn(path),
    node: node.value,
    pepper: createSecretKey(Buffer.from(pepper.value, "hex")),
    release: () => lock.value.release(),
  });
}

/** Where things lie in the folder, also for the processes that do not hold it. */
export function pathsIn(path: string) {
  return {
    journal: join(path, "journal"),
    cache: join(path, "cache"),
    links: join(path, "links"),
    setAside: join(path, "set-aside"),
    ledger: join(path, "ledger.duckdb"),
    books: join(path, "books.sqlite"),
    adminToken: join(path, "secrets", "admin-token"),
    keyRing: join(path, "secrets", "key-ring.json"),
    budgets: join(path, "budgets", "definitions.json"),
    budgetCheckpoint: join(path, "budgets", "checkpoint"),
    budgetDoubts: join(path, "budgets", "doubts"),
  };
}

/** Whether all that is in the folder comes from simulated providers. */
export function isDemoFolder(disk: Disk, path: string): boolean {
  return disk.size(join(path, DEMO_MARK)) !== undefined;
}

/** Whether anything was ever booked there. */
export function isUsedFolder(disk: Disk, path: string): boolean {
  return disk.list(join(path, "journal")).length > 0 || disk.size(join(path, "books.sqlite")) !== undefined;
}

function checkDemoMark(
  { disk }: World,
  { path, isDemo }: { readonly path: string; readonly isDemo: boolean },
): FolderProblem | undefined {
  const isMarked = isDemoFolder(disk, path);
  if (!isDemo) return isMarked ? { type: "folder-is-demo", path } : undefined;
  if (isMarked) return undefined;
  if (isUsedFolder(disk, path)) return { type: "folder-is-real", path };
  const text = Buffer.from("Everything in this folder comes from simulated providers.\n");
  const marked = disk.replace(join(path, DEMO_MARK), text);
  return marked.ok ? undefined : marked.error;
}

/** A journal of a newer format may say what we would pass over: nothing is written beside it. */
function checkFormat({ disk }: World, path: string): FolderProblem | undefined {
  const version = findNewerFormat(disk, join(path, "journal"));
  return version === undefined ? undefined : { type: "folder-newer", path, version };
}

function readOrMake({ disk }: World, path: string, make: () => string): Result<string, DiskProblem> {
  const kept = disk.read(path, 0, SMALL_FILE_MAX);
  if (kept !== undefined) return ok(kept.toString("utf8").trim());
  const fresh = make();
  const written = disk.replace(path, Buffer.from(`${fresh}\n`));
  return written.ok ? ok(fresh) : written;
}
