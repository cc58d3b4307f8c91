import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instant } from "#units";
import { addIntervals, decodeInterval, emptyInterval, encodeInterval, type Interval } from "./interval.ts";
import { type Count, type Reading } from "./reading.ts";
import { decodeWatch, encodeWatch, look, startWatch, sumBySlot, type Watch, type WatchRules } from "./watch.ts";

const EVERY_MS = 15_000;
const HOUR_MS = 3_600_000;
const START = instant(Date.UTC(2027, 0, 1));
const rules: WatchRules = { everyMs: EVERY_MS, bookedMs: HOUR_MS, gpus: undefined };

interface Said {
  readonly gpus?: readonly (number | undefined)[];
  readonly out?: number;
  readonly running?: number;
  readonly startedAt?: Instant;
}

function reading({ gpus = [], out, running, startedAt }: Said): Reading {
  const count: Count | undefined = out === undefined ? undefined : { model: "m", class: "tokensOut", value: out };
  return {
    kinds: out === undefined && running === undefined ? ["dcgm"] : ["vllm"],
    gpus: new Map(gpus.map((active, index) => [`gpu-${index}`, active])),
    counts: new Map(count === undefined ? [] : [["out", count]]),
    running,
    startedAt,
  };
}

/** A line of looks, each some time after the one before; `missed` is a scrape without a reading. */
type Step = { readonly afterMs: number } & (
  | { readonly said: Said }
  | { readonly missed: true }
  | { readonly passed: true }
);

function run(steps: readonly Step[], own: WatchRules = rules): { watch: Watch; intervals: readonly Interval[] } {
  let [watch, at]: [Watch, number] = [startWatch(START), START];
  const intervals: Interval[] = [];
  for (const step of steps) {
    at += step.afterMs;
    const said = "said" in step ? reading(step.said) : undefined;
    const seen = look(watch, { at: instant(at), reading: said, isScrape: !("passed" in step) }, own);
    watch = decodeWatch(encodeWatch(seen.watch));
    expect(watch).toEqual(seen.watch);
    intervals.push(...seen.intervals);
  }
  return { watch, intervals: sumBySlot(intervals) };
}

function sum(intervals: readonly Interval[]): Interval {
  return intervals.reduce(addIntervals, emptyInterval(START, START));
}

const seconds = ({ gpuTime: { busy, idle, unknown } }: Interval) =>
  [busy, idle, unknown].map((nanos) => Number(nanos) / 1e9);
const tokens = (intervals: readonly Interval[]) => sum(intervals).work.get("m")?.tokensOut ?? 0;

describe("time of GPUs", () => {
  it("is busy and idle as the reading before says, until the next one", () => {
    const { intervals } = run([
      { afterMs: 0, said: { gpus: [250_000, 1_000_000] } },
      { afterMs: 15_000, said: { gpus: [0, 1_000_000] } },
      { afterMs: 15_000, said: { gpus: [0, 0] } },
    ]);
    // 15 s × (0.25 + 1) + 15 s × (0 + 1) busy; the rest of 2 × 30 s idle.
    expect(seconds(sum(intervals))).toEqual([33.75, 26.25, 0]);
  });

  it("is unknown, and not idle, where scrapes were missed: a reading speaks for one and a half of them", () => {
    const { intervals } = run([
      { afterMs: 0, said: { gpus: [1_000_000] } },
      { afterMs: 15_000, missed: true },
      { afterMs: 15_000, missed: true },
      { afterMs: 15_000, said: { gpus: [0] } },
      { afterMs: 15_000, said: { gpus: [0] } },
    ]);
    expect(seconds(sum(intervals))).toEqual([22.5, 15, 22.5]);
    expect(sum(intervals)).toMatchObject({ scrapes: 5, missed: 2 });
  });

  it("is unknown where an exporter names a GPU and not what it does, or fewer GPUs than are paid for", () => {
    const { intervals } = run(
      [
        { afterMs: 0, said: { gpus: [undefined, 500_000] } },
        { afterMs: 10_000, said: { gpus: [] } },
        { afterMs: 10_000, said: { gpus: [] } },
      ],
      { ...rules, gpus: 3 },
    );
    expect(seconds(sum(intervals))).toEqual([5, 5, 50]);
  });

  it("of a server without an exporter of GPUs is busy while a call runs", () => {
    const { intervals } = run(
      [
        { afterMs: 0, said: { running: 3, out: 0 } },
        { afterMs: 10_000, said: { running: 0, out: 5 } },
        { afterMs: 10_000, said: { running: 0, out: 5 } },
      ],
      { ...rules, gpus: 2 },
    );
    expect(seconds(sum(intervals))).toEqual([20, 20, 0]);
  });

  it("of an absence that nobody would wait to be counted is that of its end", () => {
    const { intervals } = run(
      [
        { afterMs: 0, said: { gpus: [0] } },
        { afterMs: 60 * 24 * HOUR_MS, said: { gpus: [0] } },
      ],
      { ...rules, bookedMs: 10_000 },
    );
    expect(intervals.length).toBe(50_001);
    expect(seconds(sum(intervals))).toEqual([0, 0, 500_000]);
  });

  it("ends with a GPU that its exporter no longer names, and does not go back with the clock", () => {
    const { intervals } = run([
      { afterMs: 0, said: { gpus: [1_000_000, 0] } },
      { afterMs: 10_000, said: { gpus: [1_000_000] } },
      { afterMs: -8_000, said: { gpus: [1_000_000] } },
      { afterMs: 18_000, said: { gpus: [1_000_000] } },
    ]);
    expect(seconds(sum(intervals))).toEqual([20, 10, 0]);
  });

  it("is of the interval that it fell into", () => {
    const { intervals } = run([
      { afterMs: HOUR_MS - 5_000, said: { gpus: [1_000_000] } },
      { afterMs: 15_000, said: { gpus: [0] } },
      { afterMs: 15_000, said: { gpus: [0] } },
    ]);
    expect(intervals.map(({ from, gpuTime: { busy, idle } }) => [(from - START) / HOUR_MS, busy, idle])).toEqual([
      [0, 5_000_000_000n, 0n],
      [1, 10_000_000_000n, 15_000_000_000n],
    ]);
  });
});

const scraped = (out: number): Step => ({ afterMs: 15_000, said: { out } });

describe("work of a server", () => {
  const minute = 60_000;

  it("is what was added between two readings; what it had done before anybody looked is not counted", () => {
    expect(tokens(run([scraped(1000)]).intervals)).toBe(0);
    expect(tokens(run([1000, 1007, 1107].map(scraped)).intervals)).toBe(107);
  });

  it("goes on from nothing when it starts again, and that is a cold start, as long as it took to answer", () => {
    const before = instant(START - minute);
    const restarted = instant(START + 20_000);
    const { intervals } = run([
      { afterMs: 0, said: { out: 500, startedAt: before } },
      { afterMs: 15_000, said: { out: 600, startedAt: before } },
      { afterMs: 15_000, missed: true },
      { afterMs: 15_000, missed: true },
      { afterMs: 15_000, said: { out: 650, startedAt: restarted } },
    ]);
    // 600 − 500, then all 650 of the new process, although 650 is more than 600; it began 20 s in and answered at 60 s.
    expect(tokens(intervals)).toBe(750);
    expect(sum(intervals)).toMatchObject({ coldStarts: 1, coldStartMs: 40_000 });
  });

  it("without a start time begins again where a count falls", () => {
    const { intervals } = run([500, 600, 20, 50].map(scraped));
    expect(tokens(intervals)).toBe(150);
    expect(sum(intervals).coldStarts).toBe(1);
  });

  it("of one that started under the meter's eyes counts from its beginning", () => {
    const { intervals } = run([
      { afterMs: 0, missed: true },
      { afterMs: 15_000, missed: true },
      { afterMs: 15_000, said: { out: 8, startedAt: instant(START + 10_000) } },
    ]);
    expect(tokens(intervals)).toBe(8);
    expect(sum(intervals)).toMatchObject({ coldStarts: 1, coldStartMs: 20_000 });
  });

  it("done while the meter itself was away is counted, and how long a start took then is not guessed", () => {
    const { intervals } = run([
      { afterMs: 0, said: { out: 10, startedAt: instant(START - minute) } },
      { afterMs: 5 * HOUR_MS, said: { out: 70, startedAt: instant(START + HOUR_MS) } },
    ]);
    expect(tokens(intervals)).toBe(70);
    expect(sum(intervals)).toMatchObject({ coldStarts: 1, coldStartMs: 0 });
  });

  it("of an exporter of GPUs is none, so its restart is no cold start", () => {
    const { intervals } = run([
      { afterMs: 0, said: { gpus: [0], startedAt: START } },
      { afterMs: 15_000, said: { gpus: [0], startedAt: instant(START + 10_000) } },
    ]);
    expect(sum(intervals).coldStarts).toBe(0);
  });
});

const activity = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined });
const scrape: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      afterMs: fc.integer({ min: 0, max: 40_000 }),
      said: fc.record({ gpus: fc.array(activity, { maxLength: 4 }) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ afterMs: fc.integer({ min: 0, max: 3 * HOUR_MS }), missed: fc.constant(true) }) },
);

describe("any line of scrapes", () => {
  it("gives the same sums however often somebody looks in between, and however long the intervals are", () => {
    fc.assert(
      fc.property(
        fc.array(scrape, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 10 }),
        fc.constantFrom(10_000, 60_000, HOUR_MS, 24 * HOUR_MS),
        (steps, cuts, bookedMs) => {
          const often = steps.flatMap((step, index): Step[] => {
            const cut = Math.min(cuts[index % Math.max(1, cuts.length)] ?? 0, step.afterMs);
            return [
              { afterMs: cut, passed: true },
              { ...step, afterMs: step.afterMs - cut },
            ];
          });
          const whole = sum(run(steps).intervals);
          expect(sum(run(often, { ...rules, bookedMs }).intervals).gpuTime).toEqual(whole.gpuTime);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("leaves no time out: busy + idle + unknown is every GPU for as long as it was there", () => {
    fc.assert(
      fc.property(fc.array(scrape, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (steps, gpus) => {
        const { busy, idle, unknown } = sum(run(steps, { ...rules, gpus }).intervals).gpuTime;
        let [there, expected] = [gpus, 0n];
        for (const step of steps) {
          expected += BigInt(step.afterMs) * 1_000_000n * BigInt(there);
          if ("said" in step) there = Math.max(gpus, step.said.gpus?.length ?? 0);
        }
        expect(busy + idle + unknown).toBe(expected);
        expect([busy, idle, unknown].every((part) => part >= 0n)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("is kept in the books as it was measured", () => {
    fc.assert(
      fc.property(fc.array(scrape, { maxLength: 12 }), (steps) => {
        const { intervals } = run([...steps, { afterMs: 1000, said: { out: 5 } }, { afterMs: 1000, said: { out: 9 } }]);
        for (const interval of intervals) expect(decodeInterval(encodeInterval(interval))).toEqual(interval);
      }),
      { numRuns: 20 },
    );
  });
});
