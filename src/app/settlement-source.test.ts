import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { askProviderDays } from "#analytics";
import { Books } from "#books";
import { type CostAdjusted, type JournalEvent } from "#events";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";
import { assert } from "#std";
import { instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { SegmentReading } from "../ledger/segment-reading.ts";
import { settlementSource } from "./settlement-source.ts";

const DAY = "2026-09-21";
const AT = instant(Date.parse(`${DAY}T14:13:20Z`));
const MODEL = "gpt-5-mini-2025-08-07";
const HELD = money(9_000_000n);
const asked = { provider: "openai", from: DAY, to: DAY, lag_hours: 26 };

let folder: string;
let books: Books;
let store: DuckDbStore;
let prices: PriceBook;
let written: CostAdjusted[];
let segments = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tare-settlement-"));
  const made = Books.open(join(folder, "books.sqlite"), realWorld());
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(made.ok && opened.ok, "stores open");
  [books, store, written] = [made.value, opened.value, []];
  prices = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
});
afterEach(async () => {
  store.close();
  await books.close();
  rmSync(folder, { recursive: true });
});

async function load(events: readonly JournalEvent[], isSealed = false): Promise<void> {
  segments += 1;
  const reading = new SegmentReading(`n.${segments}.a.000001.journal`, undefined);
  const timed = events.map((event) => ({ event, at: 0 }));
  const seal = isSealed ? { seal: { at: instant(AT + 60_000), carried: [] } } : {};
  const piece = reading.take({ events: timed, end: 10, corrupted: 0, isAtEnd: true, ...seal } as never);
  assert(piece !== undefined, "there is something to load");
  const appended = await store.append({ ...piece, stretches: [piece.stretch] });
  assert(appended.ok, "the events are appended");
}

function source() {
  const world = realWorld();
  return settlementSource({
    world,
    store,
    books,
    inForce: () => ({ prices, config: { currency: "USD" } }),
    write: (event) => written.push(event) > 0,
    bookedUntil: () => instant(Number.MAX_SAFE_INTEGER),
  });
}

interface Tokens {
  readonly input_uncached: number;
  readonly output_text: number;
}

function priced(usage: Tokens) {
  const sku = prices.find({ provider: "openai", model: MODEL, at: AT });
  assert(sku !== undefined, "the price list sells it");
  const found = priceUsage(sku, { usage, tier: "default", at: AT });
  assert(found.cost.type === "priced", "and prices it");
  return { usage, ...found, nanos: found.cost.nanos };
}

function answered(id: string, usage: Tokens): readonly JournalEvent[] {
  const { nanos: _, ...of } = priced(usage);
  return [dispatched(id, { at: AT }), settled(id, { ...of, at: AT, servedModel: MODEL })];
}

/** The client left: input and what was relayed is booked, and the rest of what was held stays in doubt. */
function cut(id: string, usage: Tokens): readonly JournalEvent[] {
  const { nanos, ...of } = priced(usage);
  const cost = { type: "estimated", nanos, basis: "the client left" } as const;
  const ending = { ...of, cost, residual: money(HELD - nanos), state: "cancelled", servedModel: MODEL } as const;
  return [held(id), settled(id, { ...ending, at: AT })];
}

function held(id: string) {
  return dispatched(id, { at: AT, model: MODEL, bound: { type: "proven", nanos: HELD } });
}

async function report({ input_uncached, output_text }: Tokens, fetched = "2026-09-25T00:00:00Z"): Promise<void> {
  const start_time = Date.parse(DAY) / 1000;
  const result = {
    object: "organization.usage.completions.result",
    model: MODEL,
    batch: false,
    service_tier: "default",
    input_tokens: input_uncached,
    output_tokens: output_text,
  };
  const buckets = JSON.stringify([{ start_time, end_time: start_time + 86_400, results: [result] }]);
  const fetchedAt = instant(Date.parse(fetched));
  await books.reports.keep([
    { provider: "openai", day: DAY, series: "completions", format: "openai", buckets, fetchedAt },
  ]);
}

async function sums() {
  const [row = {}] = await store.query(
    `SELECT sum(nanos)::HUGEINT AS nanos, sum(estimated_nanos)::HUGEINT AS estimated,
     sum(in_doubt_nanos)::HUGEINT AS doubt, sum(unpriced)::BIGINT AS unpriced FROM entry_rows`,
    [],
  );
  return row;
}

async function apply(): Promise<readonly CostAdjusted[]> {
  const shown = await source().preview(asked);
  written = [];
  const done = await source().apply({ ...asked, expected_nanos: shown.total.difference_nanos });
  assert(done.ok, "it is applied");
  expect(done.value).toEqual(shown);
  if (written.length > 0) await load(written);
  return written;
}

it("previews without a word in the books, then books the report's quantities once, and the ledger equals the report", async () => {
  await load([
    ...answered("a", { input_uncached: 100, output_text: 20 }),
    ...cut("b", { input_uncached: 50, output_text: 4 }),
  ]);
  await report({ input_uncached: 150, output_text: 60 });
  const before = await sums();
  const shown = await source().preview(asked);
  const [guess, truth] = [
    priced({ input_uncached: 50, output_text: 4 }),
    priced({ input_uncached: 50, output_text: 40 }),
  ];
  expect(shown).toMatchObject({
    total: { attempts: 1, before_nanos: `${guess.nanos}`, after_nanos: `${truth.nanos}` },
    left: [],
  });
  expect(shown.total.in_doubt_nanos).toBe(`${HELD - guess.nanos}`);
  expect(await sums()).toEqual(before);

  const [event] = await apply();
  expect(event?.reason).toBe(`settled by the report of openai for ${DAY}`);
  const whole = priced({ input_uncached: 100, output_text: 20 }).nanos + truth.nanos;
  expect(await sums()).toEqual({ nanos: whole, estimated: 0n, doubt: 0n, unpriced: 0n });
  const range = { from: instant(Date.parse(DAY)), to: instant(Date.parse(DAY) + 86_400_000) };
  const ledger = await askProviderDays(store, { provider: "openai", ...range });
  const total = (name: string) =>
    ledger.quantities.filter((line) => line.class === name).reduce((sum, { quantity }) => sum + quantity, 0);
  expect([total("input_uncached"), total("output_text"), ledger.open]).toEqual([150, 60, []]);

  expect(await apply()).toEqual([]);
  expect((await source().preview(asked)).total.attempts).toBe(0);
});

it("settles an attempt that was never heard of again, and several as what they are together", async () => {
  await load([...answered("a", { input_uncached: 100, output_text: 20 })]);
  await load([held("lost"), held("gone")], true);
  expect(await sums()).toMatchObject({ doubt: 2n * HELD, unpriced: 2n });
  await report({ input_uncached: 180, output_text: 31 });
  const events = await apply();
  expect(events.map(({ reason }) => reason)).toEqual([
    `settled by the report of openai for ${DAY}, 2 attempts together`,
    `settled by the report of openai for ${DAY}, 2 attempts together`,
  ]);
  const used = events.map(({ after }) => after.usage);
  expect(used.reduce((sum, usage) => sum + (usage?.input_uncached ?? 0), 0)).toBe(80);
  expect(used.reduce((sum, usage) => sum + (usage?.output_text ?? 0), 0)).toBe(11);
  expect(await sums()).toMatchObject({ estimated: 0n, doubt: 0n, unpriced: 0n });
});

it("takes for nothing what the provider has not billed", async () => {
  await load([
    ...answered("a", { input_uncached: 100, output_text: 20 }),
    ...cut("b", { input_uncached: 50, output_text: 4 }),
  ]);
  await report({ input_uncached: 100, output_text: 20 });
  await apply();
  expect(await sums()).toMatchObject({
    nanos: priced({ input_uncached: 100, output_text: 20 }).nanos,
    estimated: 0n,
    doubt: 0n,
  });
});

it.for([
  ["no-report", undefined, "2026-09-25T00:00:00Z"],
  ["not-finished", { input_uncached: 150, output_text: 60 }, "2026-09-22T20:00:00Z"],
  ["more-than-held", { input_uncached: 90_000_000, output_text: 60 }, "2026-09-25T00:00:00Z"],
  ["less-than-certain", { input_uncached: 10, output_text: 60 }, "2026-09-25T00:00:00Z"],
] as const)("leaves open, and says why: %s", async ([why, said, fetched]) => {
  await load([
    ...answered("a", { input_uncached: 100, output_text: 20 }),
    ...cut("b", { input_uncached: 50, output_text: 4 }),
  ]);
  if (said !== undefined) await report(said, fetched);
  const shown = await source().preview(asked);
  expect(shown.left).toEqual([{ day: DAY, model: MODEL, attempts: 1, why }]);
  expect(await apply()).toEqual([]);
});

it("writes nothing when the books are others than those that were shown", async () => {
  await load([...cut("b", { input_uncached: 50, output_text: 4 })]);
  await report({ input_uncached: 50, output_text: 60 });
  const done = await source().apply({ ...asked, expected_nanos: "1" });
  expect(done).toMatchObject({ ok: false, error: { code: "preview_changed" } });
  expect(written).toEqual([]);
});
