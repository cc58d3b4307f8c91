/** Sums by time are those of the entries, whatever came, in whatever order, and whatever was taken away again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { anyAdjusted, anyBill, anyCorrected, anyDispatched, anySettlement } from "../events/event.arbitrary.ts";
import { type Entry } from "./entry.ts";
import { entryOfAdjusted } from "./make-adjustment.ts";
import { entryOfBill } from "./make-bill-entry.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "./make-entry.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const START = 1_790_000_000_000;
const SPAN_MS = 4 * 3_600_000;

/** A few hours, so that entries meet, and one id of an attempt for many corrections, so that most are dropped. */
const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.oneof(
      fc.tuple(anyDispatched, anySettlement).map(([one, end]) => entryOfSettled(one, end)),
      anyDispatched.map((one) => entryInDoubt(one, one.at)),
      anyCorrected.map((one) => ({ ...entryOfCorrection(one), attempt: "attempt_corrected" })),
      anyAdjusted.map(entryOfAdjusted),
      anyBill.map((bill) => entryOfBill({ type: "bill-booked", at: bill.incurredAt, bill })),
    ),
    fc.nat(SPAN_MS),
    fc.constantFrom("m", "m 1", "m\n1 m"),
  )
  .map(([entry, after, model]) => {
    const of = { incurredAt: instant(START + after), model, provider: model, purpose: "answer" } as const;
    return { ...entry, ...of, kind: entry.kind === "bill" ? "bill" : "model" };
  });

type Act =
  | { readonly type: "append"; readonly entries: readonly Entry[] }
  | { readonly type: "checkpoint" }
  | { readonly type: "retire"; readonly before: number; readonly isOfSteps: boolean };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("append" as const), entries: fc.array(anyEntry, { maxLength: 12 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: "checkpoint" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("retire" as const), before: fc.nat(SPAN_MS), isOfSteps: fc.boolean() }),
  },
);

const sums =
  "nanos, net_nanos, avoided_nanos, estimated_nanos, in_doubt_nanos, calls, attempts, stands, unpriced, tokens_in, tokens_out";

type Table = ReturnType<DuckDbStore["sums"]>[number];

/** Of stretches that are closed. */
async function sumsOf(store: DuckDbStore, { words, grain, open }: Table, from: string): Promise<readonly string[]> {
  const keys = [`quarter // ${grain}`, ...words.map((word) => `"${word}"`)].join(", ");
  const added = sums.split(", ").map((name) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`);
  const isClosed = open.map((range) => `NOT quarter BETWEEN ${range.from} AND ${range.to - 1}`);
  const rows = await store.query(
    `SELECT ${keys}, ${added.join(", ")} FROM ${from} WHERE ${["true", ...isClosed].join(" AND ")} GROUP BY ${keys}`,
    [],
  );
  return rows.map((row) => Object.values(row).map(String).join(" | ")).toSorted();
}

async function act(store: DuckDbStore, step: Act, place: number): Promise<void> {
  if (step.type === "checkpoint") expect(await store.checkpoint()).toMatchObject({ ok: true });
  else if (step.type === "append") {
    const stretches = [{ segment: "n.0.a.000001.journal", from: place, to: place + 1, isDone: false, corrupted: 0 }];
    expect(await store.append({ stretches, entries: step.entries, refusals: [] })).toMatchObject({ ok: true });
  } else {
    const before = instant(START + step.before);
    const what = step.isOfSteps ? { before: undefined, stepsBefore: before } : { before, stepsBefore: undefined };
    expect(await store.retire({ ...what, segments: [] })).toMatchObject({ ok: true });
  }
}

const RUNS = 40;
/** Four hours, of which the last is never over. */
const MOST_OPEN = 1;

it(
  "of closed stretches are those of their entries, through late entries, dropped corrections, checkpoints and retirement",
  { timeout: 60_000 },
  async () => {
    const runs = runsOf(RUNS);
    let [dropped, closed, opened] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 1, maxLength: 8 }), async (acts) => {
        const store = await openStore(":memory:");
        let place = 0;
        for (const step of acts) {
          const before = openIn(store);
          await act(store, step, place);
          if (step.type === "append") place += 1;
          for (const table of store.sums()) {
            const said = await sumsOf(store, table, table.table);
            expect(said).toEqual(await sumsOf(store, table, "entry_rows"));
            if (table.grain === 1) closed += said.length;
          }
          if (step.type === "append" && before > 0 && openIn(store) > before) opened += 1;
          if (step.type === "checkpoint") expect(openIn(store)).toBeLessThanOrEqual(MOST_OPEN);
        }
        const given = acts.flatMap((step) => (step.type === "append" ? step.entries : []));
        if (given.filter(({ attempt }) => attempt === "attempt_corrected").length > 1) dropped += 1;
        store.close();
      }),
      { numRuns: runs },
    );
    // Few runs may meet none of them.
    if (runs < RUNS) return;
    expect(dropped).toBeGreaterThan(0);
    expect(closed).toBeGreaterThan(0);
    expect(opened).toBeGreaterThan(0);
  },
);

it("are not made where 64 bits do not hold them, and the stretch stays open", async () => {
  const store = await openStore(":memory:");
  const [one] = fc.sample(anyEntry, 1);
  if (one === undefined) throw new Error("there is an entry");
  const dear = { ...one, state: "answered", cost: { type: "priced", nanos: money(2n ** 62n) } } as const;
  const at = [0, 1, 3].map((hours) => instant(START + hours * 3_600_000));
  const entries = [0, 0, 1, 2].map((hour, index): Entry => ({
    ...(hour === 0 ? dear : one),
    incurredAt: at[hour] ?? one.incurredAt,
    attempt: `attempt_${index}`,
  }));
  await act(store, { type: "append", entries }, 0);
  await act(store, { type: "checkpoint" }, 1);
  const table = store.sums().find(({ grain }) => grain === 1);
  if (table === undefined) throw new Error("there are sums by the quarter hour");
  expect(table.open).toHaveLength(2);
  expect(await sumsOf(store, table, table.table)).toEqual(await sumsOf(store, table, "entry_rows"));
  expect(await sumsOf(store, table, table.table)).toHaveLength(1);
  store.close();
});

it("are open after a restart where the file has entries that no checkpoint has summed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rolled-"));
  const path = join(folder, "ledger.duckdb");
  const store = await openStore(path);
  const entries = fc.sample(anyEntry, { numRuns: 20, seed: 3 });
  await act(store, { type: "append", entries }, 0);
  await act(store, { type: "checkpoint" }, 1);
  await act(store, { type: "append", entries: fc.sample(anyEntry, { numRuns: 20, seed: 4 }) }, 1);
  const before = store.sums();
  expect(await store.copyTo(join(folder, "copy.duckdb"))).toMatchObject({ ok: true });
  store.close();
  const copy = await openStore(join(folder, "copy.duckdb"));
  expect(copy.sums()).toEqual(before);
  for (const table of copy.sums())
    expect(await sumsOf(copy, table, table.table)).toEqual(await sumsOf(copy, table, "entry_rows"));
  copy.close();
  rmSync(folder, { recursive: true });
});

async function openStore(path: string): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(path, { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  return opened.value;
}

/** How many hours are open. */
function openIn(store: DuckDbStore): number {
  const open = store.sums().find(({ grain }) => grain === 1)?.open ?? [];
  return open.reduce((sum, { from, to }) => sum + (to - from) / 4, 0);
}
