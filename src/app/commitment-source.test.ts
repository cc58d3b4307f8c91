import { afterEach, beforeEach, expect, it } from "vitest";
import { type Commitment } from "#commitments";
import { type JournalEvent } from "#events";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { instant, money } from "#units";
import { realWorld, type World } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { SegmentReading } from "../ledger/segment-reading.ts";
import { commitmentSource } from "./commitment-source.ts";

let store: DuckDbStore;
beforeEach(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok, "a store in memory opens");
  store = opened.value;
});
afterEach(() => store.close());

async function load(events: readonly JournalEvent[]): Promise<void> {
  const reading = new SegmentReading("n.0.a.000001.journal", undefined);
  const timed = events.map((event) => ({ event, at: 0 }));
  const piece = reading.take({ events: timed, end: 10, corrupted: 0, isAtEnd: true } as never);
  assert(piece !== undefined, "there is something to load");
  const appended = await store.append({ ...piece, stretches: [piece.stretch] });
  assert(appended.ok, "the events are appended");
}

function call(id: string, day: string, { nanos, provider = "openai" }: { nanos: bigint; provider?: string }) {
  const at = instant(Date.parse(`${day}T12:00:00Z`));
  const usage = { input_uncached: 1000 };
  const component = { class: "input_uncached", quantity: 1000, rate: "1", nanos: money(nanos), row: "r" } as const;
  const cost = { type: "priced", nanos: money(nanos) } as const;
  return [
    dispatched(id, { at, provider }),
    settled(id, { at, usage, cost, components: [component], servedModel: "gpt-5-mini-2025-08-07" }),
  ];
}

const year: Commitment = {
  name: "2026",
  provider: "openai",
  kind: "prepaid",
  amount: money(1000n),
  from: "2026-09-01",
  to: "2026-09-30",
};

function worldAt(now: string): World {
  const world = realWorld();
  return { ...world, clock: { ...world.clock, now: () => instant(Date.parse(now)) } };
}

const list = async (now: string, commitments: readonly Commitment[]) =>
  (await commitmentSource({ world: worldAt(now), store, config: () => ({ currency: "USD", commitments }) }).list())
    .rows;

it("is drawn by the ledger's charges of its provider within its days, and by no others", async () => {
  await load([
    ...call("a", "2026-08-31", { nanos: 7n }),
    ...call("b", "2026-09-01", { nanos: 100n }),
    ...call("c", "2026-09-30", { nanos: 250n }),
    ...call("d", "2026-10-01", { nanos: 9n }),
    ...call("e", "2026-09-10", { nanos: 500n, provider: "azure" }),
  ]);
  const [row] = await list("2026-09-15T00:00:00Z", [year]);
  expect(row).toMatchObject({ state: "running", drawn_nanos: "350", left_nanos: "650", over_nanos: "0" });
  const [small] = await list("2026-09-15T00:00:00Z", [{ ...year, amount: money(300n) }]);
  expect(small).toMatchObject({ state: "used_up", left_nanos: "0", over_nanos: "50" });
  expect(await list("2026-09-15T00:00:00Z", [])).toEqual([]);
});

it.each([
  ["2026-08-31T23:59:59Z", "ahead"],
  ["2026-09-01T00:00:00Z", "running"],
  ["2026-09-30T23:59:59Z", "running"],
  ["2026-10-01T00:00:00Z", "over"],
])("at %s is %s", async (now, state) => {
  expect((await list(now, [year]))[0]?.state).toBe(state);
});
