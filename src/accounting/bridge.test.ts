import fc from "fast-check";
import { expect, it } from "vitest";
import { money } from "#units";
import { bridge, bridgeParts, type MonthCost } from "./bridge.ts";

const anyMoney = fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }).map(money);
const anyCount = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 9n }));
const anyMonth: fc.Arbitrary<MonthCost> = fc.record({
  segments: fc.uniqueArray(
    fc.record({ key: fc.constantFrom("a", "b", "c", "d"), calls: anyCount, tokens: anyCount, cost: anyMoney }),
    { selector: ({ key }) => key, maxLength: 4 },
  ),
  work: anyMoney,
  shared: anyMoney,
});

function total({ segments, work, shared }: MonthCost): bigint {
  return segments.reduce((sum, { cost }) => sum + cost, work + shared);
}

it("has parts that add up to the difference of the months, to the nano, whatever they were", () => {
  fc.assert(
    fc.property(anyMonth, anyMonth, (before, now) => {
      const parts = bridge(before, now);
      const sum = bridgeParts.reduce((all, part) => all + parts[part], 0n);
      expect(sum).toBe(total(now) - total(before));
    }),
  );
});

it("is all zeros between a month and itself", () => {
  fc.assert(
    fc.property(anyMonth, (month) => {
      const parts = bridge(month, month);
      for (const part of bridgeParts) expect(parts[part]).toBe(0n);
    }),
  );
});

const month = (...segments: MonthCost["segments"]): MonthCost => ({ segments, work: money(0n), shared: money(0n) });
const segment = (key: string, numbers: readonly [number, number, number]) => ({
  key,
  calls: BigInt(numbers[0]),
  tokens: BigInt(numbers[1]),
  cost: money(BigInt(numbers[2])),
});

// By hand. Twice the calls of the same kind: all of it is volume. The same calls at the dearer model: mix. And so on.
it.each([
  ["volume", [10, 100, 1000], [20, 200, 2000]],
  ["efficiency", [10, 100, 1000], [10, 150, 1500]],
  ["price", [10, 100, 1000], [10, 100, 700]],
] as const)("calls a change of nothing but the %s by its name", (part, before, now) => {
  const parts = bridge(month(segment("a", before)), month(segment("a", now)));
  for (const name of bridgeParts) expect(parts[name]).toBe(name === part ? BigInt(now[2] - before[2]) : 0n);
});

it("calls calls that moved to a dearer model mix", () => {
  const before = month(segment("cheap", [9, 90, 90]), segment("dear", [1, 10, 100]));
  const now = month(segment("cheap", [5, 50, 50]), segment("dear", [5, 50, 500]));
  expect(bridge(before, now)).toMatchObject({ volume: 0n, mix: 360n, efficiency: 0n, price: 0n });
});
