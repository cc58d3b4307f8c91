import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { marginsOf } from "#economics";

type CustomerFacts = Parameters<typeof marginsOf>[0][number];

function facts(customer: string, more: Partial<CustomerFacts> = {}): CustomerFacts {
  return { customer, cost: 100n, unpriced: 0, outcomeValue: undefined, tableRevenue: undefined, ...more };
}

const both = facts("acme", { outcomeValue: 30n, tableRevenue: 200n });

describe("a customer's revenue", () => {
  it.each([
    ["auto", 200n, "table"],
    ["table", 200n, "table"],
    ["outcomes", 30n, "outcomes"],
    ["both", 230n, "both"],
  ] as const)("from %s, where both are known", (source, revenue, revenueFrom) => {
    expect(marginsOf([both], source).customers).toEqual([{ ...both, revenue, revenueFrom, margin: revenue - 100n }]);
  });

  it("is unknown, and not zero, where neither is", () => {
    for (const source of ["auto", "table", "outcomes", "both"] as const) {
      expect(marginsOf([facts("acme")], source).customers[0]).toMatchObject({ revenue: undefined, margin: undefined });
    }
    expect(marginsOf([facts("acme", { outcomeValue: 1n })], "table").customers[0]?.revenue).toBeUndefined();
    expect(marginsOf([facts("acme", { tableRevenue: 0n })], "auto").customers[0]?.margin).toBe(-100n);
  });
});

const sum = (all: readonly bigint[]) => all.reduce((total, one) => total + one, 0n);

const anyFacts = fc.record({
  customer: fc.uuid(),
  cost: fc.bigInt(0n, 10n ** 12n),
  unpriced: fc.nat(3),
  outcomeValue: fc.option(fc.bigInt(0n, 10n ** 12n), { nil: undefined }),
  tableRevenue: fc.option(fc.bigInt(-(10n ** 9n), 10n ** 12n), { nil: undefined }),
});

describe("the spread of margins", () => {
  it("has groups that differ by one customer at most, rise, and add up to all that is known", () => {
    const some = fc.uniqueArray(anyFacts, { selector: ({ customer }) => customer, maxLength: 60 });
    fc.assert(
      fc.property(some, fc.constantFrom("auto", "table", "outcomes", "both"), (customers, source) => {
        const { customers: margins, spread } = marginsOf(customers, source);
        const { known, unknown, underWater, groups } = spread;
        for (const field of ["cost", "revenue", "margin"] as const)
          expect(sum(groups.map((group) => group[field]))).toBe(known[field]);
        expect(known.cost + unknown.cost).toBe(sum(customers.map(({ cost }) => cost)));
        expect(known.revenue - known.cost).toBe(known.margin);
        expect(known.customers + unknown.customers).toBe(customers.length);
        expect(groups).toHaveLength(Math.min(10, known.customers));
        const sizes = groups.map((group) => group.customers);
        expect(Math.max(0, ...sizes) - Math.min(...(sizes.length === 0 ? [0] : sizes))).toBeLessThanOrEqual(1);
        const bounds = groups.flatMap(({ marginMin, marginMax }) => [marginMin, marginMax]);
        expect(bounds).toEqual(bounds.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0)));
        expect(underWater.customers).toBe(margins.filter(({ margin = 0n }) => margin < 0n).length);
        expect(underWater.margin).toBe(sum(margins.map(({ margin = 0n }) => (margin < 0n ? margin : 0n))));
      }),
    );
  });

  it("puts the worst first, and those of unknown revenue last, the dearest of them first", () => {
    const { customers: order } = marginsOf(
      [facts("a"), facts("b", { cost: 900n }), facts("c", { tableRevenue: 500n }), facts("d", { tableRevenue: 10n })],
      "auto",
    );
    expect(order.map(({ customer }) => customer)).toEqual(["d", "c", "b", "a"]);
  });
});
