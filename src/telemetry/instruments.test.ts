import fc from "fast-check";
import { expect, it } from "vitest";
import { type AttemptDispatched, type AttemptSettled } from "#events";
import { type Entry } from "#ledger";
import { money } from "#units";
import { dispatched, recalled, settled } from "../events/event-examples.ts";
import { entryOfCorrection, entryOfRecalled, entryOfSettled } from "../ledger/make-entry.ts";
import { Instruments } from "./instruments.ts";

const sellerOf = (provider: string) => ({ name: provider, address: "api.example", port: 443 });

function entry(name: string, sent: Partial<AttemptDispatched> = {}, ended: Partial<AttemptSettled> = {}): Entry {
  return entryOfSettled(dispatched(name, sent), settled(name, ended));
}

const anyEntry = fc
  .record({
    model: fc.constantFrom("small", "large"),
    // Eighths of a second: their sums are exact in whatever order.
    durationMs: fc.integer({ min: 0, max: 1_600 }).map((eighths) => eighths * 125),
    firstContentMs: fc.option(
      fc.integer({ min: 0, max: 160 }).map((eighths) => eighths * 125),
      { nil: undefined },
    ),
    input: fc.option(fc.nat(2_000_000), { nil: undefined }),
    nanos: fc.bigInt(0n, 10n ** 15n),
  })
  .map(({ model, durationMs, firstContentMs, input, nanos }) =>
    entry(
      "a",
      { model },
      {
        durationMs,
        firstContentMs,
        usage: input === undefined ? undefined : { input_uncached: input },
        cost: { type: "priced", nanos: money(nanos) },
      },
    ),
  );

function counted(entries: readonly Parameters<Instruments["note"]>[0][]): Instruments {
  const instruments = new Instruments(sellerOf);
  for (const each of entries) instruments.note(each);
  return instruments;
}

it("what is taken over in parts is what is counted at once", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEntry, { maxLength: 6 }), { maxLength: 4 }), (parts) => {
      const whole = new Instruments(sellerOf);
      for (const part of parts) {
        const taken = counted(part);
        whole.take(taken);
        expect(taken.metrics()).toEqual([]);
      }
      expect(whole.metrics()).toEqual(counted(parts.flat()).metrics());
    }),
  );
});

it("every histogram's buckets hold what was observed, each at its bound or below", () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 20 }), (entries) => {
      const seconds = entries.map(({ durationMs = 0 }) => durationMs / 1000);
      const duration = counted(entries)
        .metrics()
        .find(({ name }) => name === "gen_ai.client.operation.duration");
      if (duration?.type !== "histogram") throw new Error("no durations");
      const { bounds, points } = duration;
      for (const [index, bound] of [...bounds, Infinity].entries()) {
        const below = points.reduce(
          (sum, { buckets }) => sum + buckets.slice(0, index + 1).reduce((a, b) => a + b, 0),
          0,
        );
        expect(below).toBe(seconds.filter((each) => each <= bound).length);
      }
      expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(entries.length);
    }),
  );
});

it("money is the exact sum, with corrections; what nobody could price is counted beside it", () => {
  const before = { cost: settled("a").cost, residual: money(0n) };
  const settlement = { ...settled("a"), cost: { type: "priced", nanos: money(400n) } as const };
  const corrected = {
    type: "attempt-corrected",
    dispatched: dispatched("a"),
    before,
    settlement,
    reason: "read",
  } as const;
  const dear = entry("b", {}, { cost: { type: "priced", nanos: money(9_007_199_254_740_993n) } });
  const unpriced = entry("c", {}, { cost: { type: "unpriced", reason: "no price" } });
  const told = counted([
    entry("a"),
    entryOfCorrection(corrected),
    dear,
    unpriced,
    entryOfRecalled(recalled("d")),
  ]).metrics();
  const totals = (name: string) =>
    told
      .flatMap((metric) => (metric.type === "sum" && metric.name === name ? metric.points : []))
      .reduce((sum, { total }) => sum + total, 0n);
  expect(totals("tare.cost")).toBe(9_007_199_254_741_393n);
  expect(totals("tare.unpriced")).toBe(1n);
  const durations = told.find(({ name }) => name === "gen_ai.client.operation.duration");
  expect(durations?.type === "histogram" && durations.points.reduce((sum, { count }) => sum + count, 0)).toBe(3);
});

it("names that clients make up fill 2,000 series and no more; what is beyond is still counted", () => {
  const many = Array.from({ length: 2_500 }, (_, index) => entry("a", { model: `model-${index}` }));
  const cost = counted(many)
    .metrics()
    .find(({ name }) => name === "tare.cost");
  if (cost?.type !== "sum") throw new Error("no money");
  expect(cost.points).toHaveLength(2_000);
  expect(cost.points.reduce((sum, { total }) => sum + total, 0n)).toBe(2_500_000n);
  expect(cost.points.at(-1)).toEqual({ attributes: { "otel.metric.overflow": true }, total: 501_000n });
});
