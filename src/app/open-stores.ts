import { type KeyObject } from "node:crypto";
import { availableParallelism } from "node:os";
import { KeyDigester, type KeyRecord } from "#access";
import { Books, type BooksProblem } from "#books";
import { type Config } from "#config";
import { listSegments } from "#journal";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { err, ok, type Result } from "#std";
import { Secret } from "#units";
import { type DiskProblem, type World } from "#world";
import { pathsIn } from "./data-folder.ts";
import { type Log } from "./log.ts";

/** What the office alone opens. */
export interface Stores {
  readonly store: DuckDbStore;
  readonly books: Books;
}

/** An office before us may still be closing, its gateway killed a moment ago. */
const TRIES = 40;
const TRY_AGAIN_MS = 250;
/** On two cores a question would take twice as long with one; the office's priority keeps calls in front of it. */
const QUERY_THREADS_MIN = 2;
/** What a checkpoint may write before it frees what it wrote over. */
const CHECKPOINT_ROOM_BYTES = 64 * 1024 * 1024;
const TOKEN_BYTES_MAX = 1024;
const TOKEN_RANDOM_BYTES = 24;
const KEYS_PAGE = 1000;

interface StoresToOpen {
  readonly folder: string;
  readonly config: Config;
  readonly pepper: KeyObject;
  readonly log: Log;
}

/** The error is one sentence that says what cannot be opened, and why. */
export async function openStores(
  world: World,
  { folder, config, pepper, log }: StoresToOpen,
): Promise<Result<Stores, string>> {
  const paths = pathsIn(folder);
  // Before the ledger: where the books are of a newer Tare, nothing of the folder is touched.
  const books = Books.open(paths.books, world);
  if (!books.ok) return err(`the books ${paths.books} cannot be opened: ${describeBooks(books.error)}`);
  const store = await soon(world, () =>
    openLedger(world, { ...paths, path: folder, memoryBytes: config.ledger.memoryBytes }),
  );
  if (!store.ok) {
    await books.value.close();
    return err(`the ledger ${paths.ledger} cannot be opened: ${store.error}`);
  }
  const { rebuiltFrom } = store.value;
  if (rebuiltFrom !== undefined)
    log("warn", "ledger-rebuilt", {
      version: rebuiltFrom,
      detail: "The ledger was of another version. It was emptied and is loaded again from all journals.",
    });
  const currency = await books.value.settings.fix("currency", config.currency);
  if (currency !== config.currency) {
    return err(
      `the books are kept in ${currency} since their first start; currency: ${config.currency} cannot change that`,
    );
  }
  const token = await ensureAdminToken(world, { books: books.value, path: paths.adminToken, pepper });
  if (!token.ok) return err(`the admin token ${paths.adminToken} cannot be written: ${token.error.type}`);
  return ok({ store: store.value, books: books.value });
}

function describeBooks(problem: BooksProblem): string {
  if (problem.type !== "books-newer") return problem.type;
  const versions = `tables of version ${problem.version}, this one knows ${problem.known}`;
  return `folder_newer: a newer Tare wrote them (${versions}). Start that version, or restore a backup from before the upgrade`;
}

/** Tries again for ten seconds, and gives the last error then. */
export async function soon<Value, Problem>(
  world: World,
  attempt: () => Promise<Result<Value, Problem>>,
): Promise<Result<Value, Problem>> {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    if (result.ok || tried === TRIES) return result;
    await world.clock.sleep(TRY_AGAIN_MS);
  }
}

async function openLedger(
  { disk }: World,
  paths: { readonly path: string; readonly ledger: string; readonly journal: string; readonly memoryBytes: number },
): Promise<Result<DuckDbStore, string>> {
  const opened = await openDuckDbStore(paths.ledger, {
    memoryBytes: paths.memoryBytes,
    threads: Math.max(QUERY_THREADS_MIN, Math.floor(availableParallelism() / 2)),
    hasSegments(names) {
      const kept = new Set(listSegments(disk, paths.journal).map(({ file }) => file));
      return names.every((name) => kept.has(name));
    },
    hasRoom: () => disk.freeBytes(paths.path) > CHECKPOINT_ROOM_BYTES,
  });
  if (opened.ok) return opened;
  const { error } = opened;
  switch (error.type) {
    case "store-failed":
      return err(error.detail);
    case "other-version":
      return err(
        `it is of version ${error.version}, and cannot be made again because parts of the journal that it was made of are gone; start the Tare that wrote it`,
      );
    default:
      return err(error.type);
  }
}

/** The token that the CLI finds in the folder: made once, and put back into the books when they were lost. */
async function ensureAdminToken(
  world: World,
  { books, path, pepper }: { readonly books: Books; readonly path: string; readonly pepper: KeyObject },
): Promise<Result<void, DiskProblem>> {
  const kept = world.disk.read(path, 0, TOKEN_BYTES_MAX)?.toString("utf8").trim();
  const secret = new Secret(kept ?? `tare_admin_${world.chance.hex(TOKEN_RANDOM_BYTES)}`);
  if (kept === undefined) {
    const written = world.disk.replace(path, Buffer.from(`${secret.reveal()}\n`));
    if (!written.ok) return written;
  }
  const digest = new KeyDigester(pepper).digest(secret);
  await books.tokens.ensure({ name: "admin", role: "admin", digest, now: world.clock.now(), expiresAt: undefined });
  return ok(undefined);
}

/** Every key of the books, as gateways know them. */
export async function allKeys(books: Books): Promise<readonly KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (let after: KeyRecord["id"] | undefined; ;) {
    const page = await books.keys.list({ limit: KEYS_PAGE, after });
    records.push(...page.map(({ lastUsedAt: _, ...key }): KeyRecord => ({ ...key, origin: "books" })));
    after = page.at(-1)?.id;
    if (after === undefined) return records;
  }
}
