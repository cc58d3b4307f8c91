import { createSecretKey, type KeyObject } from "node:crypto";
import { availableParallelism, totalmem } from "node:os";
import { keyDigest, type KeyDelta, type KeyRecord } from "#access";
import { Analytics } from "#analytics";
import { Books } from "#books";
import { openConfig } from "#config";
import { type Control, createControl } from "#control";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { Secret } from "#units";
import { type World } from "#world";
import { buildPrices } from "./compile.ts";
import { pathsIn } from "./data-folder.ts";
import { type OfficeOpening, type ToGateway, type ToOffice } from "./link.ts";
import { type Log } from "./log.ts";
import { OfficeSources } from "./office-sources.ts";
import { dashboardFolder, VERSION } from "./product.ts";

export interface OfficeStart {
  readonly opening: OfficeOpening;
  readonly log: Log;
  tell(message: ToGateway): void;
}

export interface Office {
  hear(message: Exclude<ToOffice, { type: "open" | "stop" }>): void;
  /** Books what the journal holds, then closes the stores. */
  stop(): Promise<void>;
}

const CATCH_UP_EVERY_MS = 250;
/** An office before us may still be closing, its gateway killed a moment ago. */
const OPEN_TRIES = 40;
const OPEN_AGAIN_MS = 250;
const PRUNE_EVERY_MS = 3_600_000;

/** Opens the stores and answers questions. Undefined when it cannot; the gateway was told why. */
export async function startOffice(world: World, start: OfficeStart): Promise<Office | undefined> {
  const { opening, log, tell } = start;
  const paths = pathsIn(opening.folder);
  const fail = (detail: string) => tell({ type: "office-failed", detail });
  const store = await openStore(world, paths.ledger);
  if (typeof store === "string") return void fail(`the ledger cannot be opened: ${store}`);
  const books = Books.open(paths.books, world);
  if (!books.ok) return void fail(`the books cannot be opened: ${books.error.type} (${books.error.path})`);
  const config = openConfig(opening.config);
  const currency = await books.value.settings.fix("currency", config.currency);
  if (currency !== config.currency) {
    return void fail(
      `the books are kept in ${currency} since their first start; currency: ${config.currency} cannot change that`,
    );
  }
  const pepper = createSecretKey(Buffer.from(opening.pepper, "hex"));
  await ensureAdminToken(world, { books: books.value, path: paths.adminToken, pepper });
  const ledger = new Ledger({ disk: world.disk, clock: world.clock, folder: paths.journal, store });
  const analytics = new Analytics(store, { currency, bookedUntil: () => ledger.bookedUntil() });
  const sources = new OfficeSources({
    world,
    opening,
    config,
    ledger,
    store,
    prices: await buildPrices(config),
    analytics,
    ledgerPath: paths.ledger,
  });
  const keys = {
    stored: books.value.keys,
    configured: () => sources.configuredKeys,
    changed: (delta: KeyDelta) => tell({ type: "keys", delta }),
  };
  const control = createControl({
    world,
    pepper,
    log,
    version: VERSION,
    dashboard: dashboardFolder(world.disk),
    hostNames: config.listen.controlHosts,
    sources: {
      analytics,
      keys,
      tokens: books.value.tokens,
      prices: (query) => sources.prices(query),
      status: () => sources.status(),
      metrics: () => sources.metrics(),
    },
  });
  const where = { host: config.listen.host, port: config.listen.controlPort };
  const port = await listenSoon(world, { control, where });
  if (typeof port === "string")
    return void fail(`the control port ${where.host}:${where.port} cannot be used: ${port}`);
  tell({ type: "keys", delta: { type: "keys-replaced", origin: "books", records: await allKeys(books.value) } });
  const login = opening.wantsLogin ? (await control.issueLogin("admin")).reveal() : undefined;
  tell({ type: "office-ready", control: `http://${where.host}:${port}`, login });

  const catchUp = world.clock.every(CATCH_UP_EVERY_MS, async () => {
    const progress = await ledger.catchUp();
    tell({ type: "loaded", bytes: progress.bytes - progress.bytesNotLoaded });
    sources.noteProblems(progress, log);
  });
  const prune = world.clock.every(PRUNE_EVERY_MS, () => books.value.tokens.prune(world.clock.now()));
  return {
    hear(message) {
      switch (message.type) {
        case "report":
          return sources.noteReport(message);
        case "keys-used":
          return void books.value.keys.noteUsed(new Map(message.uses.map(({ id, at }) => [id, at])));
        case "config":
          return void sources.swap(message);
      }
    },
    async stop() {
      catchUp.cancel();
      prune.cancel();
      await control.close();
      await ledger.catchUp();
      store.close();
      await books.value.close();
    },
  };
}

async function openStore(world: World, path: string): Promise<DuckDbStore | string> {
  const options = {
    memoryBytes: Math.floor(totalmem() / 4),
    threads: Math.max(1, Math.floor(availableParallelism() / 2)),
  };
  for (let tried = 1; ; tried += 1) {
    const opened = await openDuckDbStore(path, options);
    if (opened.ok) return opened.value;
    const { error } = opened;
    if (tried === OPEN_TRIES || error.type !== "store-failed")
      return error.type === "store-failed" ? error.detail : error.type;
    await world.clock.sleep(OPEN_AGAIN_MS);
  }
}

async function listenSoon(
  world: World,
  { control, where }: { readonly control: Control; readonly where: { readonly host: string; readonly port: number } },
): Promise<number | string> {
  for (let tried = 1; ; tried += 1) {
    const listening = await control.listen(where);
    if (listening.ok) return listening.value.port;
    if (tried === OPEN_TRIES || listening.error.type !== "port-taken") return listening.error.detail;
    await world.clock.sleep(OPEN_AGAIN_MS);
  }
}

/** The token that the CLI finds in the folder. Made once; put back into the books when they were lost. */
async function ensureAdminToken(
  world: World,
  { books, path, pepper }: { readonly books: Books; readonly path: string; readonly pepper: KeyObject },
): Promise<void> {
  const kept = world.disk.read(path, 0, 1024)?.toString("utf8").trim();
  const secret = new Secret(kept ?? `tare_admin_${world.chance.hex(24)}`);
  if (kept === undefined) world.disk.replace(path, Buffer.from(`${secret.reveal()}\n`));
  await books.tokens.ensure({
    name: "admin",
    role: "admin",
    digest: keyDigest(pepper, secret),
    now: world.clock.now(),
    expiresAt: undefined,
  });
}

async function allKeys(books: Books): Promise<readonly KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (let after: KeyRecord["id"] | undefined; ;) {
    const page = await books.keys.list({ limit: 1000, after });
    records.push(...page.map(({ lastUsedAt: _, ...key }): KeyRecord => ({ ...key, origin: "books" })));
    after = page.at(-1)?.id;
    if (after === undefined) return records;
  }
}
