import fc from "fast-check";
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { instant } from "#units";
import { anyDispatched, anySettlement } from "../events/event.arbitrary.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";

const anyEntry = fc
  .tuple(anyDispatched, anySettlement, fc.constantFrom("answers", "search"), fc.nat(5000), fc.boolean())
  .map(([start, end, feature, durationMs, isAnswered]) => {
    const entry = entryOfSettled(start, end);
    const whole = isAnswered ? ({ state: "answered", delivered: "full", callEnd: true } as const) : {};
    return { ...entry, ...whole, durationMs: durationMs / 8, attribution: { ...entry.attribution, feature } };
  });

it("time above a reference is that of going through the answers one by one", async () => {
  const [entries = []] = fc.sample(
    fc.uniqueArray(anyEntry, { selector: ({ id }) => id, minLength: 200, maxLength: 200 }),
    { numRuns: 1, seed: 5 },
  );
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok, "the store opens");
  const stretches = [{ segment: "n.0.a.000001.journal", from: 0, to: 1, isDone: true, corrupted: 0 }];
  await opened.value.append({ stretches, entries, refusals: [] });
  const analytics = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
  const range = { from: "2000-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z", filter: {} };
  for (const referenceMs of [0, 200, 1000]) {
    const asked = await analytics.slowness({ ...range, measure: "duration", referenceMs });
    const expected = ["answers", "search"].map((feature) => {
      const own = entries.filter(
        (entry) =>
          entry.attribution.feature === feature &&
          entry.callEnd &&
          entry.state === "answered" &&
          entry.delivered === "full",
      );
      const over = own.map(({ durationMs }) => BigInt(Math.max(0, Math.round((durationMs - referenceMs) * 1000))));
      return { feature, answers: own.length, overUs: over.reduce((sum, one) => sum + one, 0n) };
    });
    expect(expected[0]?.answers).toBeGreaterThan(20);
    assert(asked.ok, "the question is good");
    expect(new Set(asked.value)).toEqual(new Set(expected));
  }
  opened.value.close();
});
