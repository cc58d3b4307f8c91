import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EconomicsSection, latencyLoss, returnOf } from "#economics";
import { money } from "#units";

const USD = 1_000_000_000n;

describe("the return of a feature", () => {
  // 40 successes that would have cost 4.20 USD each, for 60 USD: (168 - 60) / 60 = 180 %.
  it("is benefit less cost, over cost", () => {
    expect(returnOf({ cost: 60n * USD, outcomes: 50, successes: 40 }, money(4_200_000_000n))).toEqual({
      benefit: 168n * USD,
      roiBasisPoints: 18_000n,
    });
  });

  it("is a loss of everything where nothing succeeded, and unknown where nothing was reported", () => {
    const nothing = { cost: 60n * USD, outcomes: 9, successes: 0 };
    expect(returnOf(nothing, money(USD))).toEqual({ benefit: 0n, roiBasisPoints: -10_000n });
    expect(returnOf({ ...nothing, outcomes: 0 }, money(USD))).toBeUndefined();
    expect(returnOf({ cost: 0n, outcomes: 1, successes: 1 }, money(USD))?.roiBasisPoints).toBeUndefined();
  });
});

const assumed = { perStepPpm: 10_000, mostPpm: 100_000 };

describe("what latency costs", () => {
  // 1,000 USD of revenue, answers 250 ms above the reference in the mean: 2.5 % of it.
  it.each([
    ["1 % for each 100 ms in the mean", { answers: 4, overUs: 1_000_000n }, { loss: 25n * USD, isCapped: false }],
    ["at most a tenth", { answers: 1, overUs: 60_000_000n }, { loss: 100n * USD, isCapped: true }],
    ["nothing where all were quick", { answers: 7, overUs: 0n }, { loss: 0n, isCapped: false }],
    ["unknown where nothing was measured", { answers: 0, overUs: 0n }, undefined],
  ])("is %s", (_, slowness, expected) => {
    expect(latencyLoss(1000n * USD, slowness, assumed)).toEqual(expected);
  });

  it("never passes its cap, and grows with time and with revenue", () => {
    const revenue = fc.bigInt(0n, 10n ** 18n);
    fc.assert(
      fc.property(revenue, fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 1, max: 10 ** 6 }), (of, overUs, answers) => {
        const lossOf = (nanos: bigint, us: bigint) => latencyLoss(nanos, { answers, overUs: us }, assumed)?.loss ?? -1n;
        const loss = lossOf(of, overUs);
        expect(loss).toBeGreaterThanOrEqual(0n);
        expect(loss * 10n).toBeLessThanOrEqual(of + 5n);
        expect(lossOf(of, overUs + 1000n)).toBeGreaterThanOrEqual(loss);
        expect(lossOf(of * 2n, overUs)).toBeGreaterThanOrEqual(loss);
      }),
    );
  });
});

const read = (written: object) => EconomicsSection.safeParse(written);

function counterfactual(written: object) {
  const features = { answers: { counterfactual: { source: "payroll", ...written } } };
  return read({ features }).data?.features["answers"]?.counterfactual;
}

describe("the section economics", () => {
  it("assumes one percent for each 100 ms, at most a tenth, and no reference", () => {
    const { data } = read({});
    expect(data).toEqual({ features: {}, latency: { measure: "first_content", per_100ms: 10_000, at_most: 100_000 } });
  });

  it("takes a cost, or a person's minutes at an hourly cost, with its source", () => {
    expect(counterfactual({ cost: "4.20 USD" })?.cost).toBe(4_200_000_000n);
    // Six and a half minutes of 42 USD an hour are 4.55 USD.
    expect(counterfactual({ minutes: "6.5", hourly: "42 USD" })).toEqual({
      cost: 4_550_000_000n,
      says: "6.5 minutes of a person",
      source: "payroll",
    });
    expect(counterfactual({ minutes: 6.5, hourly: "42 USD" })).toBeUndefined();
  });

  it.each([
    { features: { a: { counterfactual: { cost: "1 USD" } } } },
    { features: { a: { revenue_share: "101%" } } },
    { latency: { per_100ms: "0.01" } },
    { latency: { reference: 800 } },
  ])("refuses %j", (written) => {
    expect(read(written).success).toBe(false);
  });
});
