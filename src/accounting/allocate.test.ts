import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "#units";
import { allocate, type AllocatedLine } from "./allocate.ts";
import { type AllocationRule, type Bill, type Driver, type Place } from "./allocation-rule.ts";
import { shareOut } from "./share-out.ts";

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

const measured = (type: "tokens" | "requests"): Driver => ({
  type: "measured",
  measure: { type },
  isPeak: false,
  filter: {},
  to: "feature",
});
const tokens = measured("tokens");
const nothing = measured("requests");
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
      if (kind === 1) return tokens;
      if (kind === 2) return nothing;
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

function quantities({ by }: AllocationRule, period: string) {
  if (by !== tokens) return [];
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
      { name: "platform", of: { type: "pool", name: "platform" }, by: tokens },
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
