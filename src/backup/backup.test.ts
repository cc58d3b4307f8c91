import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restoreBackup, writeBackup } from "#backup";
import { Books } from "#books";
import { JournalWriter } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";

const world = realWorld();
const { disk, clock } = world;

let root: string;
let data: string;
let target: string;
let journal: JournalWriter;
let store: DuckDbStore;
let books: Books;
let ledger: Ledger;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "tare-backup-"));
  data = join(root, "data");
  target = join(root, "copies/monday");
  for (const folder of ["journal", "secrets"]) mkdirSync(join(data, folder), { recursive: true });
  writeFileSync(join(data, "secrets/key-pepper"), "0f".repeat(32));
  writeFileSync(join(data, "node"), "n1\n");
  writeFileSync(join(data, "lock"), "");
  journal = opened(
    JournalWriter.open({
      disk,
      clock,
      folder: join(data, "journal"),
      node: "n1",
      thread: 0,
      incarnation: "1",
      fsync: "never",
      segmentBytes: 1e6,
    }),
  );
  store = opened(await openDuckDbStore(join(data, "ledger.duckdb"), { memoryBytes: 2 ** 28, threads: 1 }));
  books = opened(Books.open(join(data, "books.sqlite"), world));
  ledger = new Ledger({ disk, clock, folder: join(data, "journal"), store });
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

function call(name: string): void {
  journal.append(dispatched(name));
  journal.append(settled(name));
}

const backUp = () => writeBackup(world, { folder: data, target, version: "1.2.3", store, books });
const restore = (folder = "restored") => restoreBackup(world, { from: target, folder: join(root, folder) });

describe("a backup", () => {
  it("gives back what was booked, what only the journal had, and the books", async () => {
    call("a");
    call("b");
    await ledger.catchUp();
    await books.settings.fix("currency", "EUR");
    call("c");
    expect(await backUp()).toMatchObject({ ok: true, value: { entries: 2, refusals: 0, version: "1.2.3" } });
    call("d");

    expect(await restore()).toMatchObject({ ok: true, value: { entries: 3, version: "1.2.3" } });
    const restored = opened(Books.open(join(root, "restored/books.sqlite"), world));
    expect(await restored.settings.fix("currency", "USD")).toBe("EUR");
    await restored.close();
    expect(readFileSync(join(root, "restored/secrets/key-pepper"), "utf8")).toBe("0f".repeat(32));
    expect(readFileSync(join(root, "restored/node"), "utf8")).toBe("n1\n");
  });

  it("is made while calls are booked, and whole whatever the moment", async () => {
    for (let index = 0; index < 200; index += 1) call(`before${index}`);
    await ledger.catchUp();
    const making = backUp();
    for (let index = 0; index < 200; index += 1) {
      call(`while${index}`);
      if (index % 50 === 0) await ledger.catchUp();
    }
    expect((await making).ok).toBe(true);
    const restored = await restore();
    expect(restored.ok).toBe(true);
    if (restored.ok) expect(restored.value.entries).toBeGreaterThanOrEqual(200);
  });

  it("goes only into an empty folder outside the data folder", async () => {
    target = join(data, "inside");
    expect(await backUp()).toMatchObject({ error: { type: "bad-target" } });
    target = "relative";
    expect(await backUp()).toMatchObject({ error: { type: "bad-target" } });
    target = root;
    expect(await backUp()).toMatchObject({ error: { type: "target-not-empty" } });
  });

  it("cannot be read by others on the machine", async () => {
    call("a");
    await backUp();
    expect(statSync(target).mode & 0o077).toBe(0);
  });
});

describe("a restore", () => {
  beforeEach(async () => {
    call("a");
    await ledger.catchUp();
    expect((await backUp()).ok).toBe(true);
  });

  it.each(["ledger.duckdb", "secrets/key-pepper"])("says so when %s was changed after the backup", async (path) => {
    appendFileSync(join(target, path), "x");
    expect(await restore()).toMatchObject({ error: { type: "file-differs", path } });
  });

  it("says so when a file of the backup is gone", async () => {
    rmSync(join(target, "node"));
    expect(await restore()).toMatchObject({ error: { type: "file-gone" } });
  });

  it("takes no folder for a backup that has no manifest, or one that leads elsewhere", async () => {
    const manifest = join(target, "tare-backup.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace('"path": "node"', '"path": "../../node"'));
    expect(await restore()).toMatchObject({ error: { type: "not-a-backup" } });
    rmSync(manifest);
    expect(await restore()).toMatchObject({ error: { type: "not-a-backup" } });
  });

  it("touches nothing that is there", async () => {
    const full = join(root, "full");
    cpSync(target, full, { recursive: true });
    expect(await restore("full")).toMatchObject({ error: { type: "folder-not-empty" } });
    mkdirSync(join(root, "held"));
    const lock = opened(disk.hold(join(root, "held/lock")));
    expect(await restore("held")).toMatchObject({ error: { type: "folder-held" } });
    lock.release();
  });
});
