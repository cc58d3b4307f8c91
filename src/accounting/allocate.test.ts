import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allocate,
  type AllocatedLine,
  type AllocationRule,
  type Bill,
  correctClosed,
  type Place,
  shareOut,
} from "#accounting";
import { money } from "#units";

const feature = (value: string): Place => ({ type: "end", dimension: "feature", value });
const pool = (name: string): Place => ({ type: "pool", name });
const anyAmount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const anyWeights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 });

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((all, each) => all + each, 0n);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

describe("an amount that is shared out", () => {
  it("is given away to the last nano, however it is weighed", () => {
    fc.assert(
      fc.property(anyAmount, anyWeights, (amount, weights) => {
        const parts = shareOut(amount, weights);
        expect(sum(parts)).toBe(sum(weights) === 0n ? 0n : amount);
      }),
    );
  });

  it("gives each less than one nano more or less than its exact share", () => {
    fc.assert(
      fc.property(anyAmount, anyWeights, (amount, weights) => {
        const all = sum(weights);
        fc.pre(all > 0n);
        for (const [index, part] of shareOut(amount, weights).entries())
          expect(abs(part * all - amount * (weights[index] ?? 0n))).toBeLessThan(all);
      }),
    );
  });

  it("gives the larger weight never less, and a weight of 0 nothing", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), anyWeights, (amount, weights) => {
        const parts = shareOut(amount, weights);
        for (const [one, weight] of weights.entries()) {
          if (weight === 0n) expect(parts[one]).toBe(0n);
          for (const [other, lighter] of weights.entries())
            if (weight > lighter) expect(parts[one] ?? 0n).toBeGreaterThanOrEqual(parts[other] ?? 0n);
        }
      }),
    );
  });

  // By hand: 100 by 1, 1, 1 is 33.3 each; the first of equal remainders gets the nano.
  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [-100n, [1n, 1n, 1n], [-34n, -33n, -33n]],
    [10n, [1n, 2n, 4n], [1n, 3n, 6n]],
    [1n, [0n, 0n], [0n, 0n]],
    [5n, [7n], [5n]],
  ])("splits %s by %s into %s", (amount, weights, parts) => {
    expect(shareOut(amount, weights)).toEqual(parts);
  });
});

const anyEnd = fc.constantFrom("a", "b", "c", "d").map(feature);
const poolNames = ["people", "platform", "gpus"];

/** Pools flow only to later pools, so there is no cycle. */
const anyRules = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom("aws", "people", "gpu"), fc.integer({ min: 0, max: 5 })), { maxLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 }),
    fc.array(anyEnd, { minLength: 1, maxLength: 4 }),
  )
  .map(([bills, kinds, ends]): AllocationRule[] => {
    const byOf = (kind: number, later: readonly string[]): AllocationRule["by"] => {
      const next = later[0];
      if (kind === 0) return { type: "even", to: ends };
      if (kind === 1) return { type: "measured", quantity: "tokens" };
      if (kind === 2) return { type: "measured", quantity: "nothing" };
      if (kind === 3 && next !== undefined) return { type: "even", to: [pool(next), ...ends] };
      if (kind === 4) return { type: "fixed", shares: ends.map((to, index) => ({ to, parts: BigInt(index * 7) })) };
      return { type: "even", to: [pool("nobody's")] };
    };
    return [
      ...bills.map(([service, kind], index): AllocationRule => ({
        name: `bill${index}`,
        of: { type: "bills", where: { service: [service] } },
        by: byOf(kind, poolNames),
      })),
      ...poolNames.map((name, index): AllocationRule => ({
        name: `pool-${name}`,
        of: { type: "pool", name },
        by: byOf(kinds[index] ?? 0, poolNames.slice(index + 1)),
      })),
    ];
  });

const anyBills = fc.array(
  fc.record({
    id: fc.uuid(),
    period: fc.constantFrom("2026-10", "2026-11"),
    amount: anyAmount.map(money),
    facts: fc.record({ service: fc.constantFrom("aws", "people", "gpu", "tax") }),
  }),
  { maxLength: 12 },
);

function quantities(quantity: string, period: string) {
  if (quantity !== "tokens") return [];
  return ["a", "b", "c"].map((name, index) => ({ to: feature(name), quantity: BigInt(index * period.length) }));
}

function allocated(bills: readonly Bill[], rules: readonly AllocationRule[]): readonly AllocatedLine[] {
  const lines = allocate({ bills, rules, quantities });
  if (!lines.ok) throw new Error(JSON.stringify(lines.error));
  return lines.value;
}

function ofBill(lines: readonly AllocatedLine[], id: string): bigint {
  return sum(lines.filter(({ bill }) => bill === id).map(({ amount }) => amount));
}

describe("an allocation", () => {
  it("conserves every bill to the nano, through any pools, with what is left over named", () => {
    fc.assert(
      fc.property(anyBills, anyRules, (bills, rules) => {
        const lines = allocated(bills, rules);
        for (const { id, amount } of bills) expect(ofBill(lines, id)).toBe(amount);
      }),
    );
  });

  it("is the same for each bill whichever others there are, and in whatever order they come", () => {
    fc.assert(
      fc.property(anyBills, anyRules, (bills, rules) => {
        const lines = allocated(bills, rules);
        expect(allocated(bills.toReversed(), rules)).toEqual(
          bills.toReversed().flatMap(({ id }) => lines.filter(({ bill }) => bill === id)),
        );
        expect(bills.flatMap((bill) => allocated([bill], rules))).toEqual(lines);
      }),
    );
  });

  it("explains each line: the steps begin at the bill, and each says how much of what was shared", () => {
    fc.assert(
      fc.property(anyBills, anyRules, (bills, rules) => {
        for (const { steps, unallocated } of allocated(bills, rules)) {
          for (const { quantity, of } of steps) expect(quantity <= of && quantity > 0n).toBe(true);
          expect(steps.slice(0, -1).every(({ to }) => to.type === "pool")).toBe(true);
          expect(unallocated === undefined).toBe(steps.at(-1)?.to.type === "end");
        }
      }),
    );
  });

  it("takes people to the platform, and the platform to features by their tokens", () => {
    const rules: AllocationRule[] = [
      {
        name: "engineers",
        of: { type: "bills", where: { service: ["people"] } },
        by: { type: "even", to: [pool("platform")] },
      },
      { name: "platform", of: { type: "pool", name: "platform" }, by: { type: "measured", quantity: "tokens" } },
    ];
    const bill: Bill = { id: "salaries", period: "2026-11", amount: money(100n), facts: { service: "people" } };
    // 7 and 14 tokens of 21.
    expect(allocated([bill], rules).map(({ amount, steps }) => [amount, steps.map(({ rule }) => rule)])).toEqual([
      [33n, ["engineers", "platform"]],
      [67n, ["engineers", "platform"]],
    ]);
  });

  it("refuses pools that flow into themselves, and names them", () => {
    const rules: AllocationRule[] = [
      { name: "r1", of: { type: "pool", name: "people" }, by: { type: "even", to: [pool("platform")] } },
      { name: "r2", of: { type: "pool", name: "platform" }, by: { type: "even", to: [feature("a"), pool("people")] } },
    ];
    const bill: Bill = { id: "b", period: "2026-11", amount: money(1n), facts: {} };
    expect(allocate({ bills: [bill], rules, quantities })).toEqual({
      ok: false,
      error: { type: "cycle", pools: ["people", "platform", "people"] },
    });
  });
});

describe("a closed period", () => {
  it("stays as it was; what would be otherwise now is booked once, and both together are what holds now", () => {
    fc.assert(
      fc.property(anyBills, anyRules, anyRules, (bills, before, after) => {
        const frozen = allocated(bills, before);
        const now = allocated(bills, after);
        const booked = correctClosed({ frozen, now, booked: [] }, "2026-12");
        expect(correctClosed({ frozen, now, booked }, "2026-12")).toEqual([]);
        for (const { id } of bills)
          expect(sum(booked.filter(({ bill }) => bill === id).map(({ amount }) => amount))).toBe(0n);
        const back = correctClosed({ frozen, now: frozen, booked }, "2027-01");
        expect(sum(back.map(({ amount }) => amount))).toBe(0n);
        expect(back).toHaveLength(booked.length);
      }),
    );
  });

  it("books the whole of a bill that came later, and takes back one that was withdrawn", () => {
    const rules: AllocationRule[] = [
      { name: "all", of: { type: "bills", where: {} }, by: { type: "even", to: [feature("a"), feature("b")] } },
    ];
    const late: Bill = { id: "late", period: "2026-10", amount: money(7n), facts: {} };
    const lines = allocated([late], rules);
    expect(
      correctClosed({ frozen: [], now: lines, booked: [] }, "2026-11").map(({ at, amount }) => [at, amount]),
    ).toEqual([
      ["feature=a", 4n],
      ["feature=b", 3n],
    ]);
    const withdrawn = correctClosed({ frozen: lines, now: [], booked: [] }, "2026-11");
    expect(sum(withdrawn.map(({ amount }) => amount))).toBe(-7n);
  });
});
