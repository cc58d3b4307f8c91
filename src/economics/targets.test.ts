import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeTarget, TargetsSection } from "#economics";
import { money } from "#units";

const dime = { limit: money(100_000_000n), countMin: 20 };
const counted = { gross: 2_000_000_000n, unpriced: 0, counted: 20, dividedBy: 20 };

describe("a target", () => {
  // Twenty at ten cents are two dollars.
  it.each([
    ["exactly at the limit is kept", {}, { state: "kept", cost: 100_000_000n, why: undefined }],
    ["a nano above it is missed", { gross: 2_000_000_001n }, { state: "missed", cost: 100_000_000n, why: undefined }],
    [
      "of nothing is unknown",
      { counted: 0, dividedBy: 0 },
      { state: "unknown", cost: undefined, why: "nothing_counted" },
    ],
    [
      "of too few is unknown, with what they cost",
      { gross: 9_500_000_000n, counted: 19, dividedBy: 19 },
      { state: "unknown", cost: 500_000_000n, why: "too_few" },
    ],
    [
      "of which none succeeded is missed, for all the money bought nothing",
      { dividedBy: 0 },
      { state: "missed", cost: undefined, why: "nothing_succeeded" },
    ],
    [
      "of which none succeeded and nothing was spent is unknown",
      { gross: 0n, dividedBy: 0 },
      { state: "unknown", cost: undefined, why: "nothing_succeeded" },
    ],
    [
      "below the limit with a part unpriced is unknown",
      { unpriced: 1 },
      { state: "unknown", cost: 100_000_000n, why: "unpriced" },
    ],
    [
      "above the limit with a part unpriced is missed all the same",
      { unpriced: 1, gross: 2_000_000_020n },
      { state: "missed", cost: 100_000_001n, why: undefined },
    ],
  ])("%s", (_, more, verdict) => {
    expect(judgeTarget(dime, { ...counted, ...more })).toEqual(verdict);
  });

  it("that is missed stays missed when more is spent, and one that is kept when less is", () => {
    const sums = fc.record({ gross: fc.bigInt(0n, 10n ** 15n), dividedBy: fc.nat(1000) });
    fc.assert(
      fc.property(sums, fc.bigInt(0n, 10n ** 12n), ({ gross, dividedBy }, more) => {
        const judge = (nanos: bigint) =>
          judgeTarget(dime, { gross: nanos, unpriced: 0, counted: 1000, dividedBy }).state;
        if (judge(gross) === "missed") expect(judge(gross + more)).toBe("missed");
        if (judge(gross + more) === "kept") expect(judge(gross)).toBe("kept");
      }),
    );
  });
});

function read(one: object) {
  return TargetsSection.safeParse([{ name: "n", max_cost_per: "outcome", limit: "0.50 USD", ...one }]);
}

describe("the section targets", () => {
  it("has a week, twenty at least, and everything where nothing else is said", () => {
    expect(read({}).data).toEqual([
      {
        name: "n",
        where: {},
        per: "outcome",
        outcome: undefined,
        limit: 500_000_000n,
        overMs: 604_800_000,
        countMin: 20,
      },
    ]);
    expect(read({ where: { feature: "a", "tag.plan": ["b", "c"] } }).data?.[0]?.where).toEqual({
      feature: ["a"],
      "tag.plan": ["b", "c"],
    });
  });

  it.each([
    [{ over: "2d" }, "write 1d, 7d or 30d"],
    [{ where: { model: "gpt-5" } }, "Invalid key in record"],
    [{ max_cost_per: "call" }, "Invalid option"],
    [{ max_cost_per: "interaction", outcome: "resolved" }, "only a target on the cost of an outcome names one"],
    [{ limit: "0.5" }, "write money"],
    [{ min_count: 0 }, "Too small"],
    [{ per: "day" }, "Unrecognized key"],
  ])("refuses %j", (more, says) => {
    expect(read(more).error?.issues[0]?.message).toContain(says);
  });

  it("refuses two of the same name", () => {
    const one = { name: "n", max_cost_per: "interaction", limit: "1 USD" };
    expect(TargetsSection.safeParse([one, one]).error?.issues[0]?.message).toBe("two have the same name");
  });
});
