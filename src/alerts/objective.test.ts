import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeObjective, ObjectivesSection } from "#alerts";

const DAY_MS = 86_400_000;
const thirtyDays = { missPpm: 1000, overMs: 30 * DAY_MS };

/** Counts of windows in which `bad` of each thousand miss. */
function series(bad: Partial<Record<"5m" | "1h" | "6h" | "3d" | "period", number>>) {
  const count = (name: keyof typeof bad) => ({ total: 1_000_000, good: 1_000_000 - (bad[name] ?? 0) * 1000 });
  return { "5m": count("5m"), "1h": count("1h"), "6h": count("6h"), "3d": count("3d"), period: count("period") };
}

function left(bad: number): number {
  return judgeObjective(thirtyDays, series({ period: bad })).budgetLeft ?? NaN;
}

function read(one: object) {
  return ObjectivesSection.safeParse([{ name: "n", target: "99.9%", route: "support", good: "answered", ...one }]);
}

describe("a burn rate", () => {
  // By hand: 99.9 % allows 1 of 1,000; 14.4 of 1,000 in an hour use up 14.4 / 720 = 2 % of 30 days.
  it.each([
    ["nothing misses", {}, undefined],
    ["just what is allowed", { "5m": 1, "1h": 1, "6h": 0.9, "3d": 0.9, period: 1 }, undefined],
    ["14.4 times in the hour and now", { "5m": 14.4, "1h": 14.4 }, "fast"],
    ["14.4 times in the hour, over by now", { "5m": 0, "1h": 14.4 }, undefined],
    ["14.3 times in the hour", { "5m": 20, "1h": 14.3 }, undefined],
    ["1 time over three days and now", { "6h": 1, "3d": 1 }, "slow"],
    ["1 time over three days, over by now", { "6h": 0.5, "3d": 1 }, undefined],
    ["both", { "5m": 100, "1h": 100, "6h": 20, "3d": 2 }, "fast"],
  ] as const)("of 99.9 %% over 30 days: %s", (_, bad, burning) => {
    expect(judgeObjective(thirtyDays, series(bad)).burning).toBe(burning);
  });

  it("asks for the same share of a shorter period: 2 % of 7 days are 3.36 times in an hour", () => {
    const week = { missPpm: 1000, overMs: 7 * DAY_MS };
    expect(judgeObjective(week, series({ "5m": 3.36, "1h": 3.36 })).burning).toBe("fast");
    expect(judgeObjective(week, series({ "5m": 3.35, "1h": 3.35 })).burning).toBeUndefined();
  });

  it("never burns at a rate that the promise can take for ever", () => {
    const day = { missPpm: 1000, overMs: DAY_MS };
    expect(judgeObjective(day, series({ "5m": 0.9, "1h": 0.9, "6h": 0.9, "3d": 0.9 })).burning).toBeUndefined();
  });

  it("is unknown where nothing was called, which is not the same as 0", () => {
    const none = { total: 0, good: 0 };
    const state = judgeObjective(thirtyDays, { "5m": none, "1h": none, "6h": none, "3d": none, period: none });
    expect(state).toMatchObject({ budgetLeft: undefined, burning: undefined, burn: { "5m": undefined } });
  });

  it("leaves a budget that is 1 when nothing missed, 0 when all that may has, and falls with each miss", () => {
    expect(left(0)).toBe(1);
    expect(left(1)).toBeCloseTo(0);
    expect(left(2)).toBeCloseTo(-1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (bad) => {
        expect(left(bad + 1)).toBeLessThan(left(bad));
      }),
    );
  });
});

describe("slos in tare.yaml", () => {
  it.each([
    ["answered", { type: "answered" }],
    [{ first_content: "800ms" }, { type: "within", measure: "first_content_ms", ms: 800 }],
    [{ duration: "2s" }, { type: "within", measure: "duration_ms", ms: 2000 }],
    [{ cost_per_call: "0.02 USD" }, { type: "costs", per: "call", nanos: 20_000_000n }],
    [{ cost_per_interaction: "0.05 USD" }, { type: "costs", per: "interaction", nanos: 50_000_000n }],
    [{ cost_per_outcome: "0.40 USD" }, { type: "costs", per: "outcome", nanos: 400_000_000n }],
  ])("promise %j", (good, promised) => {
    expect(read({ good }).data).toEqual([
      { name: "n", of: { dimension: "route", value: "support" }, promised, missPpm: 1000, overMs: 30 * DAY_MS },
    ]);
  });

  it.each([
    { target: "100%" },
    { target: "0%" },
    { target: "99.99999%" },
    { target: "0.999" },
    { over: "1h" },
    { over: "91d" },
    { feature: "chat" },
    { route: undefined },
    { good: { duration: "2s", first_content: "1s" } },
  ])("refuse %j", (wrong) => {
    expect(read(wrong).success).toBe(false);
  });

  it("refuse two of one name", () => {
    const one = { name: "n", target: "99.9%", route: "support", good: "answered" };
    expect(ObjectivesSection.safeParse([one, one]).success).toBe(false);
  });
});
