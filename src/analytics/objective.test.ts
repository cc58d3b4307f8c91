import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Analytics, type ObjectiveQuestion } from "#analytics";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { outcomeRow } from "../ledger/outcome-row.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";

const start = Date.parse("2026-11-21T10:00:00Z");
const minute = (count: number) => instant(start + count * 60_000);
const { attribution } = dispatched("x");

/** Calls 0 to 9, a minute apart: 3 was retried, 5 was cut, 7 is in doubt, 8 was read later; and two refusals. */
const entries = [
  ...[0, 1, 2, 4, 6, 9].map((name) => {
    const differing = { at: minute(name), attribution: { ...attribution, interaction: `turn-${name % 2}` } };
    return entryOfSettled(dispatched(`${name}`, differing), settled(`${name}`, { durationMs: 100 * (name + 1) }));
  }),
  entryOfSettled(
    dispatched("3a", { at: minute(3), call: "call_3" }),
    settled("3a", {
      state: "failed",
      delivered: "none",
      status: 503,
      error: "upstream_503",
      callEnd: false,
      usage: undefined,
      components: [],
      cost: { type: "priced", nanos: money(0n) },
    }),
  ),
  entryOfSettled(
    dispatched("3b", { at: instant(minute(3) + 2000), call: "call_3", number: 2, purpose: "retry" }),
    settled("3b", { durationMs: 500, firstContentMs: 90 }),
  ),
  entryOfSettled(
    dispatched("5", { at: minute(5), attribution: { ...attribution, feature: "search" } }),
    settled("5", {
      state: "cut",
      delivered: "partial",
      error: "upstream_reset",
      cost: { type: "estimated", nanos: money(40n), basis: "relayed" },
      components: [],
      residual: money(60n),
    }),
  ),
  entryInDoubt(dispatched("7", { at: minute(7) }), minute(30)),
  entryOfSettled(
    dispatched("8", { at: minute(8) }),
    settled("8", {
      state: "background",
      cost: { type: "unpriced", reason: "background" },
      usage: undefined,
      components: [],
      residual: money(5000n),
    }),
  ),
  entryOfCorrection({
    type: "attempt-corrected",
    dispatched: dispatched("8", { at: minute(8) }),
    before: { cost: { type: "unpriced", reason: "background" }, residual: money(5000n) },
    settlement: settled("8", { at: minute(60), callEnd: false }),
    reason: "read",
  }),
];
const refusals = [
  refused("r1", { at: minute(2) }),
  refused("r2", { at: minute(20), code: "unknown_key", status: 401, key: undefined }),
];

let store: DuckDbStore;
let analytics: Analytics;

beforeAll(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  store = opened.value;
  const stretches = [{ segment: "pages", from: 0, to: 1, isDone: true, corrupted: 0 }];
  const outcome = (interaction: string, isSuccess: boolean) => ({
    outcome: `of ${interaction}`,
    name: "resolved",
    isSuccess,
    value: undefined,
    happenedAt: minute(20),
    attribution: { ...attribution, interaction },
  });
  const booking = { bookedAt: minute(20), correction: 0, count: 1 } as const;
  const outcomes = [outcomeRow(outcome("turn-0", true), booking), outcomeRow(outcome("turn-1", false), booking)];
  await store.append({ stretches, entries, refusals, outcomes });
  analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
});

afterAll(() => store.close());

describe("what is promised of calls", () => {
  const now = minute(31);
  const hour = 3_600_000;
  const ask = async (
    promised: ObjectiveQuestion["promised"],
    windowsMs = [hour],
    of: ObjectiveQuestion["of"] = feature,
  ) => {
    const answer = await analytics.objective({ of, promised, now, windowsMs });
    if (!answer.ok) throw new Error(answer.error.detail);
    return answer.value;
  };
  const feature: ObjectiveQuestion["of"] = { dimension: "feature", value: attribution.feature };

  it("counts calls by how they ended, without corrections and retries", async () => {
    // 0 1 2 3 4 6 8 9 were answered or accepted, 7 is in doubt; 5 is of another feature.
    expect(await ask({ type: "answered" })).toEqual([{ total: 9, good: 8 }]);
    expect(await ask({ type: "answered" }, [hour], { dimension: "feature", value: "search" })).toEqual([
      { total: 1, good: 0 },
    ]);
  });

  it("counts attempts at a provider, the failed one before a retry too", async () => {
    const provider = { dimension: "provider", value: dispatched("x").provider } as const;
    expect(await ask({ type: "answered" }, [hour], provider)).toEqual([{ total: 11, good: 8 }]);
  });

  it("counts each window by its own length", async () => {
    const windowsMs = [hour, 25 * 60_000, 22.5 * 60_000, 60_000];
    expect((await ask({ type: "answered" }, windowsMs)).map(({ total }) => total)).toEqual([9, 4, 1, 0]);
  });

  it("counts what was fast enough among what was answered", async () => {
    expect(await ask({ type: "within", measure: "duration_ms", ms: 300 })).toEqual([{ total: 7, good: 3 }]);
  });

  it("leaves out what has no price, as what is in doubt, and counts each call with all its attempts", async () => {
    const cost = settled("x").cost;
    const nanos = cost.type === "priced" ? cost.nanos : 0n;
    expect(await ask({ type: "costs", per: "call", nanos })).toEqual([{ total: 8, good: 8 }]);
    expect(await ask({ type: "costs", per: "call", nanos: nanos - 1n })).toEqual([{ total: 8, good: 0 }]);
  });

  it("counts of interactions those with a success, each with all that it cost", async () => {
    // Calls 0, 2, 4 and 6 are turn-0, which was resolved; 1 and 9 are turn-1, which was not.
    const cost = settled("x").cost;
    const nanos = cost.type === "priced" ? cost.nanos * 4n : 0n;
    expect(await ask({ type: "costs", per: "outcome", nanos })).toEqual([{ total: 1, good: 1 }]);
    expect(await ask({ type: "costs", per: "outcome", nanos: nanos - 1n })).toEqual([{ total: 1, good: 0 }]);
    expect((await ask({ type: "costs", per: "interaction", nanos })).map(({ total }) => total)).toEqual([2]);
  });
});
