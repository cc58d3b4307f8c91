import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Books } from "#books";
import { JournalWriter } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { MetersSection } from "#meters";
import { assert } from "#std";
import { instant } from "#units";
import { realWorld, type World } from "#world";
import { OfficeMeters } from "./office-meters.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2027, 0, 1);
const real = realWorld();

let folder: string;
let now: number;
let asked: number;
let world: World;
let server: Server;
let store: DuckDbStore;
let books: Books;
let journal: JournalWriter;
let ledger: Ledger;
let written: readonly object[];
let ledgerMs: number | undefined;
let office: OfficeMeters;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tare-office-meters-"));
  [now, ledgerMs, asked] = [START, undefined, 0];
  world = { ...real, clock: { ...real.clock, now: () => instant(now), every } };
  server = createServer((_, response) => {
    asked += 1;
    response.end('DCGM_FI_DEV_GPU_UTIL{UUID="GPU-a"} 25\n');
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 2 ** 28, threads: 1 });
  const kept = Books.open(join(folder, "books.sqlite"), world);
  const segments = { folder: join(folder, "journal"), node: "n", thread: 0, incarnation: "1", fsync: "never" } as const;
  const journaled = JournalWriter.open({ disk: world.disk, clock: world.clock, ...segments });
  assert(opened.ok && kept.ok && journaled.ok, "stores open in a new folder");
  [store, books, journal] = [opened.value, kept.value, journaled.value];
  ledger = new Ledger({ disk: world.disk, clock: world.clock, folder: segments.folder, store });
  written = [pool()];
  await openOffice();
});
afterEach(async () => {
  await office.stop();
  journal.seal();
  store.close();
  await books.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Nobody waits here: scrapes are made by hand. */
const every = () => ({ cancel: () => undefined });

/** One GPU, a quarter busy, at 4 an hour. */
function pool(more: object = {}): object {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  return { name: "pool", every: "10m", exporters: [{ url }], gpu_hour: [{ rate: "4 USD", source: "s" }], ...more };
}

async function openOffice(): Promise<void> {
  office = new OfficeMeters({
    world,
    store,
    books,
    config: () => ({
      meters: MetersSection.parse(written),
      currency: "USD",
      retention: { ledgerMs, stepsMs: undefined, auditMs: undefined, alertsMs: undefined },
    }),
    journal: () => journal,
    loaded: async () => void (await ledger.catchUp()),
    log: () => undefined,
  });
  await office.configure();
  await office.meters[0]?.scrape();
}

/** Scrapes every ten minutes, and books as the office does after each pass of the ledger. */
async function measure(hours: number): Promise<void> {
  for (const end = now + hours * HOUR; now < end;) {
    now += 600_000;
    await office.meters[0]?.scrape();
  }
  await book();
}

async function book(): Promise<void> {
  office.tick();
  await office.booked();
  await ledger.catchUp();
}

async function sums(): Promise<{ readonly [layer: string]: string }> {
  const sql = `SELECT layer, CAST(sum(nanos) AS VARCHAR) AS nanos FROM entry_rows GROUP BY layer ORDER BY layer`;
  const rows = await store.query(sql, []);
  return Object.fromEntries(rows.map(({ layer, nanos }) => [String(layer), String(nanos)]));
}

async function entries(): Promise<number> {
  return Number((await store.query("SELECT count(*) AS n FROM entry_rows", []))[0]?.["n"]);
}

/** The sums after the file has these rates. */
async function change(rates: readonly object[]): Promise<{ readonly [layer: string]: string }> {
  written = [pool({ gpu_hour: rates })];
  await office.configure();
  await office.meters[0]?.scrape();
  await book();
  return sums();
}

describe("intervals of a meter", () => {
  it("are booked once each, when they are over, busy and idle apart", async () => {
    await measure(2.5);
    // 2 of 2.5 hours: a quarter of 8 busy.
    expect(await sums()).toEqual({ "GPUs and serving": "2000000000", "idle and cold starts": "6000000000" });
    await book();
    expect(await entries()).toBe(4);
    await measure(0.5);
    expect(await entries()).toBe(6);
    const { rows } = await office.read({ from: new Date(START).toISOString() });
    expect(rows).toMatchObject([{ cost_nanos: "12000000000", idle_nanos: "9000000000", idle_share: 0.75 }]);
  });

  it("are not booked again by an office that was killed before it wrote down that they were", async () => {
    await measure(1);
    const stored = await books.meters.intervals("pool", { from: instant(0), to: instant(now) });
    await books.meters.markBooked(
      "pool",
      stored.map(({ from }) => ({ from, booked: "" })),
    );
    await office.stop();
    await books.settings.set("meter-booked:pool", "");
    await openOffice();
    await book();
    expect(await entries()).toBe(2);
    expect((await books.meters.intervals("pool", { from: instant(0), to: instant(now) }))[0]?.booked).not.toBe("");
  });

  it("of the past are corrected when their rate is another, taken back when there is none, and booked when there is one again", async () => {
    await measure(2);
    const sum = { "GPUs and serving": "1000000000", "idle and cold starts": "3000000000" };
    expect(await change([{ rate: "2 USD", source: "s" }])).toEqual(sum);
    expect(await change([])).toEqual({ "GPUs and serving": "0", "idle and cold starts": "0" });
    expect(await change([{ rate: "2 USD", source: "s" }])).toEqual(sum);
    const whys = await store.query("SELECT DISTINCT why FROM entry_rows WHERE why IS NOT NULL ORDER BY why", []);
    expect(String(whys[0]?.["why"])).toContain("corrected: BilledCost");
  });

  it("that the ledger keeps no longer are let go, and no change of a rate brings them back", async () => {
    await measure(2);
    ledgerMs = HOUR;
    written = [pool({ gpu_hour: [{ rate: "2 USD", source: "s" }] })];
    await office.configure();
    await book();
    // The first hour as it was, at 4; the second at 2.
    expect(await sums()).toEqual({ "GPUs and serving": "1500000000", "idle and cold starts": "4500000000" });
    expect(await books.meters.intervals("pool", { from: instant(0), to: instant(now) })).toHaveLength(1);
  });

  it("are of nobody while the meter is not in the configuration: no time passes for it", async () => {
    await measure(1);
    written = [];
    await office.configure();
    now += 48 * HOUR;
    written = [pool()];
    await office.configure();
    await office.meters[0]?.scrape();
    await measure(1);
    const { rows } = await office.read({ from: new Date(START).toISOString() });
    expect(rows).toMatchObject([{ unknown_ms: 0, busy_ms: HOUR / 2, idle_ms: (3 * HOUR) / 2 }]);
  });

  it("are measured by one meter, however fast one configuration follows the other", async () => {
    asked = 0;
    written = [pool({ provider: "Other" })];
    await Promise.all([office.configure(), office.configure(), office.configure()]);
    await office.meters[0]?.scrape();
    expect([office.meters.length, asked]).toEqual([1, 1]);
  });

  it("of a fleet that comes as a bill are booked as nothing, and divide the bills", async () => {
    const { gpu_hour: _, ...free } = { ...pool(), gpu_hour: [] };
    written = [pool({ name: "priced", gpu_hour: [{ rate: "10 USD", source: "s" }], provider: "Cloud" })];
    await office.configure();
    await office.meters[0]?.scrape();
    await measure(1);
    written = [{ ...free, bill: { provider: "Cloud", service: "priced" } }];
    await office.configure();
    await office.meters[0]?.scrape();
    const before = await entries();
    await measure(1);
    expect(await entries()).toBe(before);
    const { rows } = await office.read({ from: new Date(START).toISOString() });
    expect(rows).toMatchObject([{ cost_from: "bill", cost_nanos: "10000000000", busy_nanos: "2500000000" }]);
  });
});
