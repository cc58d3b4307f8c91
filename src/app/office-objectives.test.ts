import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AlertNews, type Objective, ObjectivesSection } from "#alerts";
import { Analytics } from "#analytics";
import { type Slo } from "#contract";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { type Instant, instant, money } from "#units";
import { realWorld, type World } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { OfficeObjectives } from "./office-objectives.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
const START = Date.UTC(2026, 0, 1);
const real = realWorld();

let now: Instant;
let store: DuckDbStore;
let raised: AlertNews[];

beforeEach(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 2 ** 28, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  store = opened.value;
  raised = [];
});
afterEach(() => store.close());

const minute = (count: number) => instant(START + count * MINUTE);

/** One call each minute of the range; those of `missed` failed, and the others took 200 ms and cost 10 nanos. */
async function traffic(from: number, to: number, missed: (at: number) => boolean): Promise<void> {
  const entries = Array.from({ length: to - from }, (_, index) => from + index).map((at) => {
    const ok = {
      durationMs: 200,
      firstContentMs: 50,
      cost: { type: "priced", nanos: money(10n) },
      components: [],
    } as const;
    const failed = {
      state: "failed",
      delivered: "none",
      status: 503,
      error: "upstream_503",
      usage: undefined,
    } as const;
    const ending = missed(at) ? { ...ok, ...failed } : ok;
    return entryOfSettled(dispatched(`${at}`, { at: minute(at), route: "support" }), settled(`${at}`, ending));
  });
  const stretches = [{ segment: `from-${from}`, from: 0, to: 1, isDone: true, corrupted: 0 }];
  const appended = await store.append({ stretches, entries, refusals: [] });
  assert(appended.ok, "the entries are in");
}

/** What the page shows, and what is told, when somebody looks at the end of that minute. */
async function look(
  at: number,
  written: object = {},
): Promise<{ readonly row: Slo; readonly told: readonly AlertNews[] }> {
  now = instant(minute(at) - 1);
  const world: World = { ...real, clock: { ...real.clock, now: () => now } };
  const read = ObjectivesSection.parse([
    { name: "s", route: "support", good: "answered", target: "99.9%", ...written },
  ]);
  const objectives: readonly Objective[] = read;
  const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => now });
  const before = raised.length;
  const office = new OfficeObjectives({
    world,
    analytics,
    objectives,
    raise: async (news) => void raised.push(...news),
  });
  await office.look();
  const [row] = office.source.current().rows;
  assert(row !== undefined, "there is one promise");
  return { row, told: raised.slice(before) };
}

const never = () => false;

describe("a series done by hand: 99.9 % answered over 30 days, a call a minute", () => {
  it("burns nothing while nothing misses", async () => {
    await traffic(0, DAY_MINUTES, never);
    const { row, told } = await look(DAY_MINUTES);
    expect(row).toMatchObject({
      promises: "99.9 % answered",
      total: 1440,
      good: 1440,
      budget_left: 1,
      burn: { "5m": 0, "1h": 0, "6h": 0, "3d": 0 },
    });
    expect(told).toEqual([]);
  });

  it("burns fast six minutes into an outage, and no longer when it is over, whatever the hour says", async () => {
    const outage = (at: number) => at >= DAY_MINUTES - 6 && at < DAY_MINUTES;
    await traffic(0, DAY_MINUTES, outage);
    const { row, told } = await look(DAY_MINUTES);
    // 5 of 5 are 1000 times what 1 of 1000 allows, 6 of 60 are 100 times, 6 of 360 are 16.7, 6 of 1440 are 4.17.
    expect(row.burn["5m"]).toBeCloseTo(1000, 6);
    expect(row.burn["1h"]).toBeCloseTo(100, 6);
    expect(row.burn["6h"]).toBeCloseTo(16.6667, 3);
    expect(row.burn["3d"]).toBeCloseTo(4.1667, 3);
    // 1440 calls allow 1.44 to miss; 6 are 4.17 times that.
    expect(row.budget_left).toBeCloseTo(1 - 6 / 1.44, 9);
    expect(told).toMatchObject([{ type: "slo_burning", slo: "s", speed: "fast", burn: row.burn["1h"] }]);

    await traffic(DAY_MINUTES, DAY_MINUTES + 5, never);
    const after = await look(DAY_MINUTES + 5);
    expect(after.row.burn["5m"]).toBe(0);
    expect(after.row.burn["1h"]).toBeCloseTo(100, 6);
    // What goes on burning is the slow pair: 6 of 360 in six hours, 6 of 1445 in what there is of three days.
    expect(after.told).toMatchObject([{ speed: "slow", burn: after.row.burn["3d"] }]);
  });

  it("does not wake anybody for one miss in an hour, which is 16.7 times but over by now", async () => {
    await traffic(0, DAY_MINUTES, (at) => at === DAY_MINUTES - 30);
    const { row } = await look(DAY_MINUTES);
    expect(row.burn["1h"]).toBeCloseTo(1000 / 60, 6);
    expect(row.burning).not.toBe("fast");
  });

  it("burns slowly when five of three days' 4,320 miss, one of them in the last six hours", async () => {
    const end = 3 * DAY_MINUTES;
    const missed = new Set([100, 1100, 2100, 3100, end - 200]);
    await traffic(0, end, (at) => missed.has(at));
    const { row, told } = await look(end);
    expect(row.burn["3d"]).toBeCloseTo(5 / 4.32, 6);
    expect(row.burn["6h"]).toBeCloseTo(1 / 0.36, 6);
    expect(row.burn["1h"]).toBe(0);
    expect(row.budget_left).toBeCloseTo(1 - 5 / 4.32, 9);
    expect(told).toMatchObject([{ speed: "slow" }]);
  });

  it("does not burn when four of them miss: just what is allowed for ever is 4.32", async () => {
    const end = 3 * DAY_MINUTES;
    const missed = new Set([100, 1100, 2100, end - 200]);
    await traffic(0, end, (at) => missed.has(at));
    const { row, told } = await look(end);
    expect(row.burn["3d"]).toBeLessThan(1);
    expect(told).toEqual([]);
    expect(row.budget_left).toBeGreaterThan(0);
  });

  it("is counted the same for time and for money", async () => {
    await traffic(0, 60, (at) => at >= 10 && at < 16);
    const fast = { good: { duration: "150ms" }, target: "99%" };
    // The failed six do not count; all of the others took longer.
    expect((await look(60, fast)).row).toMatchObject({ total: 54, good: 0, burning: "fast" });
    const slower = (await look(60, { ...fast, good: { duration: "200ms" } })).row;
    expect(slower).toMatchObject({ total: 54, good: 54, promises: "99 % within 200 ms" });
    expect((await look(60, { ...fast, good: { duration: "2s" } })).row.promises).toBe("99 % within 2 s");
    const cheap = { good: { cost_per_call: "0.000000009 USD" } };
    expect((await look(60, cheap)).row).toMatchObject({
      total: 60,
      good: 0,
      burning: "fast",
      measure: "cost_per_call",
    });
  });
});
