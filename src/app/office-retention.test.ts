import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Books } from "#books";
import { type Config } from "#config";
import { JournalWriter, listSegments } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { instant, type Instant } from "#units";
import { realWorld, type World } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { FolderTurns } from "./folder-turns.ts";
import { OfficeRetention } from "./office-retention.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const real = realWorld();

let root: string;
let now: Instant;
let world: World;
let store: DuckDbStore;
let books: Books;
let countedFrom: Instant | undefined;
let logged: string[];
let hasRoom: boolean;

const journalFolder = () => join(root, "journal");

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "tare-retention-"));
  mkdirSync(journalFolder());
  now = instant(START);
  world = { ...real, clock: { ...real.clock, now: () => now } };
  countedFrom = undefined;
  hasRoom = true;
  logged = [];
  store = await openStore("ledger.duckdb");
  books = opened(Books.open(join(root, "books.sqlite"), world));
});
afterEach(async () => {
  store.close();
  await books.close();
  rmSync(root, { recursive: true, force: true });
});

function opened<Value>(result: { ok: true; value: Value } | { ok: false; error: unknown }): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function openStore(name: string): Promise<DuckDbStore> {
  const options = { memoryBytes: 2 ** 28, threads: 1, hasRoom: () => hasRoom };
  return opened(await openDuckDbStore(join(root, name), options));
}

/** One life of a thread that makes one call on a day and ends. */
function liveOn(day: number, { isSealed = true } = {}): void {
  now = instant(START + day * DAY);
  const journal = opened(
    JournalWriter.open({
      disk: world.disk,
      clock: world.clock,
      folder: journalFolder(),
      node: "n1",
      thread: 1,
      incarnation: String(now),
      fsync: "never",
      segmentBytes: 1e6,
    }),
  );
  journal.append({ ...dispatched(`day${day}`), at: now });
  journal.append({ ...settled(`day${day}`), at: now });
  if (isSealed) opened(journal.seal());
}

const load = (into: DuckDbStore = store) =>
  new Ledger({ disk: world.disk, clock: world.clock, folder: journalFolder(), store: into }).catchUp();

async function enforceOn(day: number, settings: Partial<Config["retention"]> = { ledgerMs: 100 * DAY }): Promise<void> {
  now = instant(START + day * DAY);
  const all = { ledgerMs: undefined, stepsMs: undefined, auditMs: undefined, alertsMs: undefined, ...settings };
  await new OfficeRetention({
    world,
    folder: journalFolder(),
    store,
    books,
    settings: () => all,
    countedFrom: () => countedFrom,
    turns: new FolderTurns(),
    log: (_, event) => void logged.push(event),
  }).enforce();
}

async function attempts(of: DuckDbStore = store): Promise<readonly unknown[]> {
  return (await of.query("SELECT attempt FROM entries ORDER BY attempt", [])).map(({ attempt }) => attempt);
}

const daysOfSegments = () =>
  listSegments(world.disk, journalFolder()).map(({ incarnation }) => (Number(incarnation) - START) / DAY);

const segmentNumbers = () => listSegments(world.disk, journalFolder()).map(({ sequence }) => sequence);

describe("retention", () => {
  it("keeps everything for ever where nothing else is said", async () => {
    liveOn(0);
    await load();
    await enforceOn(5_000, {});
    expect(await attempts()).toHaveLength(1);
    expect(daysOfSegments()).toEqual([0]);
    expect(logged).toEqual([]);
  });

  it("deletes entries past their time, and their journal 35 days later", async () => {
    for (const day of [0, 50]) liveOn(day);
    await load();
    await enforceOn(110);
    expect(await attempts()).toHaveLength(1);
    expect(daysOfSegments()).toEqual([0, 50]);
    await enforceOn(136);
    expect(daysOfSegments()).toEqual([50]);
  });

  it("leaves a journal that makes exactly the ledger that is left, when it is lost", async () => {
    for (const day of [0, 50, 100]) liveOn(day);
    await load();
    await enforceOn(136);
    const rebuilt = await openStore("again.duckdb");
    await load(rebuilt);
    expect(await attempts(rebuilt)).toEqual(await attempts());
    rebuilt.close();
  });

  it("does not load again what it has let go, also after the office was started again", async () => {
    for (const day of [0, 50]) liveOn(day);
    await load();
    await enforceOn(110);
    store.close();
    store = await openStore("ledger.duckdb");
    await load();
    expect(await attempts()).toHaveLength(1);
  });

  it("finishes what a crash left: a segment that the ledger has forgotten and the disk still has", async () => {
    for (const day of [0, 50]) liveOn(day);
    await load();
    const [oldest] = listSegments(world.disk, journalFolder());
    const bytes = readFileSync(oldest?.path ?? "");
    await enforceOn(140);
    writeFileSync(oldest?.path ?? "", bytes);
    store.close();
    store = await openStore("ledger.duckdb");
    await load();
    expect(await attempts()).toHaveLength(2);
    await enforceOn(140);
    expect(await attempts()).toHaveLength(1);
    expect(daysOfSegments()).toEqual([50]);
  });

  it("never deletes a segment that is not sealed, or not in the ledger", async () => {
    liveOn(0, { isSealed: false });
    await load();
    liveOn(1);
    await enforceOn(1_000);
    expect(daysOfSegments()).toEqual([0, 1]);
  });

  it("leaves no hole: of one writer the first segments go, up to one that has to stay", async () => {
    const journal = opened(
      JournalWriter.open({
        disk: world.disk,
        clock: world.clock,
        folder: journalFolder(),
        node: "n1",
        thread: 1,
        incarnation: "1",
        fsync: "never",
        segmentBytes: 1,
      }),
    );
    for (const day of [0, 1, 50]) {
      now = instant(START + day * DAY);
      journal.append({ ...dispatched(`day${day}`), at: now });
      journal.append({ ...settled(`day${day}`), at: now });
    }
    opened(journal.seal());
    const all = segmentNumbers();
    await load();
    await enforceOn(140);
    const left = segmentNumbers();
    expect(left.length).toBeLessThan(all.length);
    expect(left).toEqual(all.slice(-left.length));
  });

  it("keeps the journal that a budget in force counts", async () => {
    for (const day of [0, 50]) liveOn(day);
    await load();
    countedFrom = instant(START);
    await enforceOn(1_000);
    expect(daysOfSegments()).toEqual([0, 50]);
    countedFrom = instant(START + 40 * DAY);
    await enforceOn(1_000);
    expect(daysOfSegments()).toEqual([50]);
  });

  it("deletes nothing while the disk has no room to make that durable", async () => {
    liveOn(0);
    await load();
    hasRoom = false;
    await enforceOn(1_000);
    expect(await attempts()).toHaveLength(1);
    expect(daysOfSegments()).toEqual([0]);
    expect(logged).toEqual(["retention-waits"]);
  });

  it("forgets audit lines past their time and keeps the others", async () => {
    for (const day of [0, 50]) {
      const change = { audit: world.chance.id("audit"), who: "somebody", at: instant(START + day * DAY) };
      await books.audit.add(change, { action: "config-changed", subject: `day ${day}`, before: "a", after: "b" });
    }
    await enforceOn(100, { auditMs: 60 * DAY });
    const lines = await books.audit.list({ limit: 10, after: undefined, subject: undefined });
    expect(lines.map(({ subject }) => subject)).toEqual(["day 50"]);
  });
});
