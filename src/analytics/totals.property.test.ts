import fc from "fast-check";
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { anyBill, anyCorrected, anyDispatched, anySettlement } from "../events/event.arbitrary.ts";
import { type Entry } from "../ledger/entry.ts";
import { entryOfBill } from "../ledger/make-bill-entry.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";

const START = 1_790_000_000_000;
const SPAN_MS = 4 * 3_600_000;

const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.oneof(
      fc.tuple(anyDispatched, anySettlement).map(([one, end]) => entryOfSettled(one, end)),
      anyDispatched.map((one) => entryInDoubt(one, one.at)),
      anyCorrected.map(entryOfCorrection),
      anyBill.map((bill) => entryOfBill({ type: "bill-booked", at: bill.incurredAt, bill })),
    ),
    fc.nat(SPAN_MS),
  )
  .map(([entry, after]) => ({ ...entry, incurredAt: instant(START + after) }));

it("totals are those of all entries, of which sums are made and not", async () => {
  let fromSums = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyEntry, { minLength: 3, maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      async (batches) => {
        const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
        if (!opened.ok) throw new Error(opened.error.type);
        const store = opened.value;
        const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
        for (const [place, entries] of batches.entries()) {
          const stretches = [
            { segment: "n.0.a.000001.journal", from: place, to: place + 1, isDone: false, corrupted: 0 },
          ];
          expect(await store.append({ stretches, entries, refusals: [] })).toMatchObject({ ok: true });
          if (place % 2 === 0) await store.checkpoint();
          const [row = {}] = await store.query(
            `SELECT coalesce(sum(nanos), 0)::HUGEINT AS gross, coalesce(sum(in_doubt_nanos), 0)::HUGEINT AS doubt,
               coalesce(sum(estimated_nanos), 0)::HUGEINT AS estimated,
               coalesce(sum(avoided_nanos), 0)::HUGEINT AS avoided, coalesce(sum(unpriced), 0)::INTEGER AS unpriced,
               coalesce(min(incurred_at) FILTER (WHERE attempts > 0), min(incurred_at)) AS first, max(incurred_at) AS last
             FROM entry_rows`,
            [],
          );
          const [summed = {}] = await store.query("SELECT count(*)::INTEGER AS rows FROM rolled_models", []);
          fromSums += Number(summed["rows"]);
          const at = (name: string) => (row[name] === null ? undefined : Number(row[name]));
          expect(await analytics.totals()).toEqual({
            gross_nanos: String(row["gross"]),
            estimated_nanos: String(row["estimated"]),
            in_doubt_nanos: String(row["doubt"]),
            avoided_nanos: String(row["avoided"]),
            unpriced: row["unpriced"],
            firstAt: at("first"),
            lastAt: at("last"),
          });
        }
        store.close();
      },
    ),
    { numRuns: 8 },
  );
  expect(fromSums).toBeGreaterThan(0);
});
