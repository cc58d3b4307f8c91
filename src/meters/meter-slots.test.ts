import fc from "fast-check";
import { expect, it } from "vitest";
import { instant } from "#units";
import { emptyInterval } from "./interval.ts";
import { slotsOf } from "./meter-slots.ts";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2027, 0, 1);

/** An hour of one GPU, all of it busy. */
const hour = (index: number) => ({
  ...emptyInterval(instant(START + index * HOUR_MS), instant(START + (index + 1) * HOUR_MS)),
  gpuTime: { busy: BigInt(HOUR_MS) * 1_000_000n, idle: 0n, unknown: 0n },
});

it("a day is told by the hour, a month by six hours, and hours of which nothing is known are left out", () => {
  const day = slotsOf([0, 1, 5].map(hour), { spanMs: 24 * HOUR_MS, bookedMs: HOUR_MS });
  expect(day.map(({ from, busy_ms }) => [from.slice(11, 16), busy_ms])).toEqual([
    ["00:00", HOUR_MS],
    ["01:00", HOUR_MS],
    ["05:00", HOUR_MS],
  ]);
  const month = slotsOf([0, 1, 5, 6].map(hour), { spanMs: 24 * 24 * HOUR_MS, bookedMs: HOUR_MS });
  expect(month.map(({ busy_ms }) => busy_ms)).toEqual([3 * HOUR_MS, HOUR_MS]);
});

it("however long the range, there are a hundred at most and nothing is lost", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat({ max: 8760 }), { maxLength: 50 }),
      fc.integer({ min: 8761, max: 600_000 }),
      (at, hours) => {
        const slots = slotsOf(at.map(hour), { spanMs: hours * HOUR_MS, bookedMs: HOUR_MS });
        expect(slots.length).toBeLessThanOrEqual(100);
        expect(slots.reduce((sum, { busy_ms }) => sum + busy_ms, 0)).toBe(at.length * HOUR_MS);
        expect(slots.map(({ from }) => from)).toEqual(slots.map(({ from }) => from).toSorted());
      },
    ),
  );
});
