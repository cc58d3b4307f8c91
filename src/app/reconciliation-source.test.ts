import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Books } from "#books";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";
import { assert } from "#std";
import { charge, instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { SegmentReading } from "../ledger/segment-reading.ts";
import { OfficeReports } from "./office-reports.ts";
import { reconciliationSource } from "./reconciliation-source.ts";

const DAY = "2026-09-21";
const AT = instant(Date.parse(`${DAY}T14:13:20Z`));
const MODEL = "gpt-5-mini-2025-08-07";

let store: DuckDbStore;
let prices: PriceBook;
let folder: string;
let books: Books;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tare-reconciliation-"));
  const made = Books.open(join(folder, "books.sqlite"), realWorld());
  assert(made.ok, "books open");
  books = made.value;
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok, "a store in memory opens");
  store = opened.value;
  prices = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
});
afterEach(async () => {
  store.close();
  await books.close();
  rmSync(folder, { recursive: true });
});

function priced(usage: { readonly input_uncached: number; readonly output_text: number }) {
  const sku = prices.find({ provider: "openai", model: MODEL, at: AT });
  assert(sku !== undefined, "the price list sells it");
  return { usage, ...priceUsage(sku, { usage, tier: "default", at: AT }) };
}

async function load(events: readonly JournalEvent[]): Promise<void> {
  const reading = new SegmentReading("n.0.a.000001.journal", undefined);
  const timed = events.map((event) => ({ event, at: 0 }));
  const piece = reading.take({ events: timed, end: 10, corrupted: 0, isAtEnd: true } as never);
  assert(piece !== undefined, "there is something to load");
  const appended = await store.append({ ...piece, stretches: [piece.stretch] });
  assert(appended.ok, "the events are appended");
}

const config = () => ({ currency: "USD", reports: [] });
/** Bills are imported by tests of their own. */
const none = () => ({ ok: false, error: { type: "unavailable" } }) as const;
const bills = { begin: none, add: none, book: none };

function source() {
  const world = realWorld();
  const reports = new OfficeReports({ world, books, config, log: () => undefined });
  return reconciliationSource({
    world,
    store,
    books,
    reports,
    bills,
    inForce: () => ({ prices, config: { currency: "USD" } }),
  });
}

async function compare(results: readonly object[], more: object = {}) {
  const start_time = Date.parse(DAY) / 1000;
  const pages = [{ object: "page", data: [{ start_time, end_time: start_time + 86_400, results }], has_more: false }];
  return source().reconcile({ provider: "openai", pages, lag_hours: 24, keep: true, ...more });
}

const said = (input: number, output: number) => ({
  object: "organization.usage.completions.result",
  model: MODEL,
  batch: false,
  service_tier: "default",
  input_tokens: input,
  output_tokens: output,
});

it("finds the ledger of the day equal to the report, with what was corrected taken in", async () => {
  const first = priced({ input_uncached: 100, output_text: 20 });
  const better = priced({ input_uncached: 100, output_text: 35 });
  const correction: AttemptCorrected = {
    type: "attempt-corrected",
    dispatched: dispatched("a", { at: AT }),
    before: { cost: first.cost, residual: money(0n), usage: first.usage, components: first.components },
    settlement: settled("a", { ...better, at: AT }),
    reason: "read",
  };
  await load([dispatched("a", { at: AT }), settled("a", { ...first, at: AT }), correction]);
  const found = await compare([said(100, 35)]);
  expect(found).toMatchObject({ ok: true, value: { rows: [], open_nanos: "0", coverage_percent: 100, compared: 2 } });
});

it("finds what was booked twice under one id of the provider", async () => {
  const use = priced({ input_uncached: 100, output_text: 20 });
  const other = priced({ input_uncached: 7, output_text: 7 });
  await load([
    dispatched("a", { at: AT }),
    settled("a", { ...use, at: AT, upstreamId: "chatcmpl-1" }),
    dispatched("b", { at: AT }),
    settled("b", { ...use, at: AT, upstreamId: "chatcmpl-1" }),
    dispatched("c", { at: AT }),
    settled("c", { ...other, at: AT, upstreamId: "chatcmpl-2" }),
  ]);
  const found = await compare([said(107, 27)]);
  assert(found.ok && use.cost.type === "priced", "the page is a report");
  expect(found.value.by_cause.double_count).toBe(`-${use.cost.nanos}`);
  expect(found.value.open_nanos).toBe(use.cost.nanos.toString());
});

it("values what never passed the gateway at our own rates", async () => {
  const use = priced({ input_uncached: 100, output_text: 20 });
  await load([dispatched("a", { at: AT }), settled("a", { ...use, at: AT })]);
  const found = await compare([said(100, 20), { ...said(1000, 0), model: "gpt-5-nano", project_id: "other" }]);
  const sku = prices.find({ provider: "openai", model: "gpt-5-nano", at: AT });
  const row = sku?.rows.find((each) => each.class === "input_uncached" && each.tier === "standard");
  assert(found.ok && row !== undefined, "the price list sells it");
  expect(found.value.by_cause.bypass).toBe(charge(1000, row.rate).toString());
  expect(found.value.rows).toMatchObject([{ model: "gpt-5-nano", meter: "input", at_our_rates: true }]);
});

it("does not compare with days or providers that the report is not about", async () => {
  const use = priced({ input_uncached: 100, output_text: 20 });
  const yesterday = instant(AT - 86_400_000);
  await load([
    dispatched("a", { at: yesterday }),
    settled("a", { ...use, at: yesterday }),
    dispatched("b", { at: AT, provider: "azure" }),
    settled("b", { ...use, at: AT }),
    dispatched("c", { at: AT }),
    settled("c", { ...use, at: AT }),
  ]);
  expect(await compare([said(100, 20)])).toMatchObject({ ok: true, value: { rows: [], compared: 2 } });
});

it("says which page is wrong", async () => {
  const found = await compare([said(1, 1), said(1, 1)]);
  expect(found).toMatchObject({ ok: false, error: { code: "report_repeated", path: "pages.0.data.0" } });
});

const days = { from: DAY, to: DAY, lag_hours: 24 };

it("keeps what was given, and compares it again with the ledger of now, day by day", async () => {
  expect((await source().kept(days)).rows).toEqual([]);
  await compare([said(100, 20)], { as_of: "2026-09-25T00:00:00Z" });
  const before = await source().kept(days);
  expect(before.rows).toMatchObject([{ provider: "openai", days: 1, booked_nanos: "0", coverage_percent: 0 }]);
  expect(before.rows[0]?.by_day).toMatchObject([
    { day: DAY, bypass_percent: 100, fetched_at: "2026-09-25T00:00:00.000Z" },
  ]);
  await load([
    dispatched("a", { at: AT }),
    settled("a", { ...priced({ input_uncached: 100, output_text: 20 }), at: AT }),
  ]);
  expect((await source().kept({ ...days, provider: "openai" })).rows).toMatchObject([
    { rows: [], open_nanos: "0", coverage_percent: 100, by_day: [{ coverage_percent: 100 }] },
  ]);
  expect((await source().kept({ ...days, provider: "claude" })).rows).toEqual([]);
  expect((await source().kept({ ...days, from: "2026-09-22", to: "2026-09-30" })).rows).toEqual([]);
  expect((await source().reports()).rows).toMatchObject([{ provider: "openai", is_fetched: false, days: 1 }]);
});

it("takes a later report of a day in the place of an earlier one, and keeps none that is only tried", async () => {
  await compare([said(100, 20)]);
  await compare([said(50, 20)]);
  await compare([said(7, 20)], { keep: false });
  const { rows } = await source().kept(days);
  expect(rows[0]?.rows.map(({ reported_quantity }) => reported_quantity)).toEqual([20, 50]);
});

it("says of each day when its report was fetched: what came in since is late, and no difference of another day", async () => {
  await compare([said(100, 20)], { as_of: `${DAY}T20:00:00Z` });
  const more = priced({ input_uncached: 300, output_text: 20 });
  await load([dispatched("a", { at: AT }), settled("a", { ...more, at: AT })]);
  const late = await source().kept(days);
  expect(late.rows[0]?.by_cause.lag).not.toBe("0");
  expect(late.rows[0]).toMatchObject({ open_nanos: "0", coverage_percent: 100 });
  await compare([said(100, 20)], { as_of: "2026-09-25T00:00:00Z" });
  expect((await source().kept(days)).rows[0]?.by_cause).toMatchObject({ lag: "0" });
});

it("compares a day that goes on as far as its report: what was called since is in neither sum", async () => {
  const before = instant(Date.parse(`${DAY}T09:00:00Z`));
  const use = { ...priced({ input_uncached: 100, output_text: 20 }) };
  await load([
    dispatched("a", { at: before }),
    settled("a", { ...use, at: before }),
    dispatched("b", { at: AT }),
    settled("b", { ...use, at: AT }),
  ]);
  await compare([said(100, 20)], { as_of: `${DAY}T10:00:00Z` });
  expect((await source().kept(days)).rows).toMatchObject([{ rows: [], coverage_percent: 100, compared: 2 }]);
});

it("has no bill of a month that no report is kept of", async () => {
  expect(await source().book("openai", "2026-08", "token ada")).toBeUndefined();
  await compare([said(100, 20)], { as_of: "2026-09-25T00:00:00Z" });
  expect(await source().book("openai", "2026-09", "token ada")).toMatchObject({ error: { type: "unavailable" } });
});
