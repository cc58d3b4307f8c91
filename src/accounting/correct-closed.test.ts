import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "#units";
import { type Allocation, deriveAllocation, type MonthFacts, totalOf } from "./allocation.ts";
import { AllocationSection, carryKey } from "./allocation-config.ts";
import { type View, views } from "./allocation-rule.ts";
import { correctClosed, withCorrections } from "./correct-closed.ts";
import { decodeAllocation, encodeAllocation } from "./frozen-allocation.ts";

const rules = AllocationSection.parse([
  { name: "gpus", of: { layer: "gpu" }, by: "tokens", to: "feature" },
  { name: "people", of: { layer: "people" }, by: "even", to: [{ pool: "p" }, { team: "5n" }] },
  {
    name: "p",
    pool: "p",
    by: {
      shares: [
        { customer: "x", parts: 2 },
        { feature: "a", parts: 1 },
      ],
    },
  },
]);

const anyName = fc.constantFrom("a", "b", "5n", "(none)");
const anyAmount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(money);
const anyLayer = fc.constantFrom("gpu", "people", "tax");
const anyQuantity = fc.bigInt({ min: 0n, max: 1000n });

/** What is direct adds up to the same in every view, as the ledger's does. */
const anyDirect = fc
  .array(fc.record({ feature: anyName, team: anyName, customer: anyName, layer: anyLayer, amount: anyAmount }))
  .map((costs): MonthFacts["direct"] => {
    const of = (view: View) => costs.map((cost) => ({ value: cost[view], layer: cost.layer, amount: cost.amount }));
    return { feature: of("feature"), team: of("team"), customer: of("customer") };
  });

const anyCarrying = fc.array(fc.record({ from: anyName, to: anyName, quantity: anyQuantity }), { maxLength: 5 });
const anyFacts: fc.Arbitrary<MonthFacts> = fc.record({
  month: fc.constant("2026-10"),
  bills: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom("1", "2", "3", "4"),
      period: fc.constant("2026-10"),
      amount: anyAmount,
      facts: anyLayer.map((layer) => ({ layer, feature: "(none)" })),
      entries: fc.constant(1),
      entry: fc.constant("e"),
    }),
    { selector: ({ id }) => id },
  ),
  direct: anyDirect,
  sources: fc.constant([]),
  quantities: fc
    .uniqueArray(fc.record({ value: anyName, quantity: anyQuantity }), { selector: ({ value }) => value })
    .map((told) => new Map([["gpus", told]])),
  carried: fc
    .tuple(anyCarrying, anyCarrying)
    .map(
      ([one, other]) =>
        new Map(
          views.flatMap((from) =>
            views.flatMap((to) => [
              [carryKey(`cost of each ${from}`, from, to), one] as const,
              [carryKey(`entries of each ${from}`, from, to), other] as const,
            ]),
          ),
        ),
    ),
  calls: fc.constant([]),
});

function derived(facts: MonthFacts): Allocation {
  const allocation = deriveAllocation(facts, rules);
  if (!allocation.ok) throw new Error(allocation.error.type);
  return allocation.value;
}

/** By whom and layer: what a page shows of a view. */
function shown({ cells }: Allocation, view: View): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { value, layer, amount } of cells[view]) {
    const key = JSON.stringify([value, layer]);
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0n).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const empty = (month: string): MonthFacts => ({
  month,
  bills: [],
  direct: { feature: [], team: [], customer: [] },
  sources: [],
  quantities: new Map(),
  carried: new Map(),
  calls: [],
});

describe("corrections of a closed month", () => {
  it("make with it what would be told today, for everybody and every layer, and add up alike in every view", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, (before, after) => {
        const [frozen, now] = [derived(before), derived(after)];
        const corrections = correctClosed({ frozen, now, booked: [] });
        const together = withCorrections(frozen, [corrections]);
        for (const view of views) {
          expect(shown(together, view)).toEqual(shown(now, view));
          expect(totalOf(corrections[view])).toBe(totalOf(now.cells.team) - totalOf(frozen.cells.team));
        }
      }),
    );
  });

  it("are booked once, and taken back when what came later was a mistake, however many months have closed since", () => {
    fc.assert(
      fc.property(anyFacts, fc.array(anyFacts, { minLength: 1, maxLength: 3 }), (first, later) => {
        const frozen = derived(first);
        const booked: Allocation[] = [];
        for (const [index, facts] of [...later, first].entries()) {
          const now = derived(facts);
          const corrections = correctClosed({ frozen, now, booked });
          booked.push(withCorrections(derived(empty(`2026-${11 + index}`)), [corrections]));
          expect(correctClosed({ frozen, now, booked })).toEqual({ feature: [], team: [], customer: [] });
        }
        for (const view of views) expect(booked.reduce((sum, { cells }) => sum + totalOf(cells[view]), 0n)).toBe(0n);
      }),
    );
  });
});

describe("a frozen month", () => {
  it("comes out of the books as it went in, names that look like amounts too", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const allocation = derived(facts);
        expect(decodeAllocation(encodeAllocation(allocation))).toEqual(allocation);
      }),
    );
  });
});

it("refuses more lines than one month may have, and says of how many bills and places", () => {
  const bills = Array.from({ length: 1001 }, (_, index) => ({
    id: `${index}`,
    period: "2026-10",
    amount: money(1n),
    facts: { layer: "gpu", feature: "(none)" },
    entries: 1,
    entry: "e",
  }));
  const customers = Array.from({ length: 1000 }, (_, index) => ({ value: `c${index}`, quantity: 1n }));
  const facts = { ...empty("2026-10"), bills, quantities: new Map([["gpus", customers]]) };
  expect(deriveAllocation(facts, rules)).toEqual({
    ok: false,
    error: { type: "too-many-lines", bills: 1001, places: 1000 },
  });
});
