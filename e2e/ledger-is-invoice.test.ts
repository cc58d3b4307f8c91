/**
 * Promise 1: after any process crash, booked quantities are what the provider measured for every attempt whose usage was
 * reported; the rest is visibly estimated or in doubt, and estimated + in doubt is never below the truth.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Entry, type EntryPage } from "#contract";
import { type InvoiceLine } from "#demo";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";
import { loadAllJournals } from "./harness/load-all-journals.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { type Product, until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";
import { busyness, fault, recoveredAfter, recovers } from "./harness/faults.ts";

const CALLS = Number(process.env["TARE_E2E_CALLS"] ?? 20_000);
const KILLS = 20;
const WITHIN_MS = Math.round(600_000 * busyness());
/** More than a start writes. */
const LARGE_BYTES = 64 * 1024;
const seed = Number(process.env["TARE_E2E_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let stage: Stage;

beforeAll(async () => {
  stage = await setStage({
    faults: { "rate-limit": 0.01, "server-error": 0.01, unavailable: 0.01, "error-in-answer": 0.01, cut: 0.02 },
    latency: {
      firstTokenMs: { median: 8, sigma: 0.8 },
      perTokenMs: { median: 0.15, sigma: 0.5 },
      perThousandInputMs: 0,
    },
    seed,
    threads: 2,
    // What is sealed is packed at once, so that both processes are killed in the middle of that too.
    config: "journal: { segment_size: 256KiB, pack_after: 0s }\n",
  });
}, 60_000);
afterAll(() => stage.strike());

it(
  `books what the providers bill over ${CALLS} calls and ${KILLS} kills of each process (TARE_E2E_SEED=${seed})`,
  async () => {
    fault({
      name: "the office is killed while it packs the journal",
      users: "calls: nothing",
      lost: "nothing: the segment as it was written goes only when the packed one is whole",
      recovery: "with the next look, which packs it again",
      within: "30 s",
    });
    fault({
      name: "the gateway process is killed, or the office, under load",
      users: "connections break; clients that connect again are served after the restart",
      lost: "no entry: what was dispatched and not settled is in doubt with its hold",
      recovery: "with a start; an office that was killed is started by itself",
      within: "10 s",
    });
    const { product, providers } = stage;
    const { secret } = await product.createKey({ name: "load", team: "load" });
    const load = runMixedCalls({ baseUrl: product.dataPlane, secret, calls: CALLS, atOnce: 48, seed });
    const kills = await killBoth(product, load);
    const outcome = await load.finished;
    expect(kills).toEqual({ gateway: KILLS, office: KILLS });

    // A clean stop and start seals every segment, so that whatever was never settled is in doubt now.
    expect(await product.stop()).toBe(0);
    await product.start();
    await recovers("the office is killed while it packs the journal", () => isPacked(product));
    await product.waitUntilBooked();

    const entries = await allEntries();
    const attempts = new Set(entries.map(({ attempt }) => attempt));
    const originals = entries.filter(({ state }) => state !== "correction");
    expect(originals.length).toBe(attempts.size);

    const lines = providers.invoice();
    const counts = await compare(lines, entries);
    console.log(`seed ${seed}:`, { ...outcome, entries: entries.length, invoiced: lines.length, ...counts });
    expect(counts.equal).toBeGreaterThan(CALLS / 2);
    // Every answer that a client has seen whole is in the books in full.
    expect(counts.equal).toBeGreaterThanOrEqual(outcome.whole);

    expect(await product.stop()).toBe(0);
    const scratch = mkdtempSync(join(tmpdir(), "tare-reload-"));
    const [kept, loaded] = [
      await loadAllJournals({ folder: product.dataFolder, into: undefined }),
      await loadAllJournals({ folder: product.dataFolder, into: join(scratch, "ledger.duckdb") }),
    ];
    rmSync(scratch, { recursive: true });
    expect(loaded.rows).toBe(kept.rows);
    expect(loaded.digest).toBe(kept.digest);
  },
  WITHIN_MS,
);

async function killBoth(product: Product, load: { done(): number }) {
  const kills = { gateway: 0, office: 0 };
  const random = mulberry(seed);
  for (let kill = 0; kill < KILLS * 2; kill += 1) {
    // All over the load, so that every kill meets running calls, at moments that no schedule chose.
    const at = (CALLS * (kill + random())) / (KILLS * 2 + 2);
    await until(() => load.done() >= at, `${at} calls are done`, 240_000);
    if (kill % 2 === 0) {
      await product.kill("SIGKILL");
      kills.gateway += 1;
      const startedAt = performance.now();
      await product.start({ waitForOffice: false });
      const tookMs = (performance.now() - startedAt) / busyness();
      recoveredAfter("the gateway process is killed, or the office, under load", tookMs);
      continue;
    }
    // Every third time the office is met while it opens its stores, else while it loads and answers.
    if (kill % 3 !== 0) await until(() => fetch(`${product.control}/healthz`).then(Boolean, () => false), "it answers");
    await until(() => product.officePid !== undefined, "an office is there");
    process.kill(product.officePid ?? 0, "SIGKILL");
    kills.office += 1;
  }
  return kills;
}

/** Every segment that was written to before the last start, but for those that are too small to be packed. */
function isPacked({ dataFolder }: Product): boolean {
  const folder = join(dataFolder, "journal");
  const names = readdirSync(folder);
  const isLarge = (name: string) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES;
  const unpacked = names.filter((name) => name.endsWith(".journal") && isLarge(name));
  return unpacked.length === 0 && names.filter((name) => name.endsWith(".packed")).length > CALLS / 1000;
}

/** Each line of the invoice against the entry of the same answer; the rest against what is estimated and in doubt. */
async function compare(lines: readonly InvoiceLine[], entries: readonly Entry[]) {
  const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
  const byAnswer = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.upstream_id === undefined) continue;
    expect(byAnswer.has(entry.upstream_id), `one entry for the answer ${entry.upstream_id}`).toBe(false);
    byAnswer.set(entry.upstream_id, entry);
  }
  const counts = { equal: 0, estimated: 0, unknown: 0 };
  const unknown = new Map<string, { count: number; nanos: bigint }>();
  for (const line of lines) {
    const entry = byAnswer.get(line.id);
    if (entry === undefined) {
      const before = unknown.get(line.provider) ?? { count: 0, nanos: 0n };
      unknown.set(line.provider, { count: before.count + 1, nanos: before.nanos + truth(book, line) });
      counts.unknown += 1;
    } else if (entry.cost_type === "priced" && entry.usage !== undefined) {
      expect(withoutZeros(entry.usage), `usage of ${line.id} (${line.state})`).toEqual(withoutZeros(line.quantities));
      expect(entry.nanos, `money of ${line.id}`).toBe(String(truth(book, line)));
      counts.equal += 1;
    } else {
      // Usage was not reported to the end: what stands instead must not be below the truth.
      expect(line.state, `${line.id} was reported in full`).not.toBe("delivered");
      expect(atMost(entry), `${line.id} (${line.state})`).toBeGreaterThanOrEqual(truth(book, line));
      counts.estimated += 1;
    }
  }
  // Answers whose id never reached us are among the attempts that are in doubt or were estimated without an id.
  for (const [provider, { count, nanos }] of unknown) {
    const open = entries.filter(
      (entry) => entry.provider === provider && entry.upstream_id === undefined && BigInt(entry.in_doubt_nanos) > 0n,
    );
    expect(open.length, `attempts of ${provider} behind ${count} unknown answers`).toBeGreaterThanOrEqual(count);
    expect(open.reduce((sum, entry) => sum + atMost(entry), 0n)).toBeGreaterThanOrEqual(nanos);
  }
  return counts;
}

/** What a provider bills for a line, at the price list that the product uses too. */
function truth(book: PriceBook, { format, model, quantities, tier, begunAt: at }: InvoiceLine): bigint {
  const sku = book.find({ provider: format === "gemini" ? "google" : format, model, at });
  if (sku === undefined) throw new Error(`no price for ${format} ${model}`);
  const { cost } = priceUsage(sku, { usage: quantities, tier, at });
  if (cost.type === "unpriced" && cost.reason !== "no usage reported") throw new Error(`${model}: ${cost.reason}`);
  return cost.type === "unpriced" ? 0n : cost.nanos;
}

function atMost(entry: Entry): bigint {
  return BigInt(entry.nanos ?? 0) + BigInt(entry.in_doubt_nanos);
}

/** A small generator with 2^32 states, so that a seed gives the same moments again. */
function mulberry(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function allEntries(): Promise<readonly Entry[]> {
  const rows: Entry[] = [];
  for (let cursor: string | undefined; ;) {
    const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await stage.product.api<EntryPage>(`/entries?limit=1000${query}`);
    rows.push(...page.rows);
    cursor = page.cursor;
    if (cursor === undefined) return rows;
  }
}

function withoutZeros(quantities: Readonly<Record<string, number | undefined>>): Record<string, number | undefined> {
  return Object.fromEntries(Object.entries(quantities).filter(([, quantity]) => quantity !== 0));
}
