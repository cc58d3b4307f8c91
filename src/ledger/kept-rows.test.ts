/** Bills that were booked many to a line are in the ledger as if each had been booked alone. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Bill, type BillsBooked, RowPacker } from "#events";
import { type DuckDbStore, openDuckDbStore, type SqlRow } from "#ledger";
import { instant } from "#units";
import { anyBill } from "../events/event.arbitrary.ts";
import { type Batch } from "./ledger-store.ts";
import { entryOfBill } from "./make-bill-entry.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const AT = instant(1_800_000_000_000);

function together(bills: readonly Bill[], batch: string): BillsBooked {
  const packer = new RowPacker(["Absent", "ChargeDescription"], "json");
  for (const { row } of bills) {
    const { ChargeDescription }: SqlRow = JSON.parse(row);
    packer.add(JSON.stringify([null, ChargeDescription]));
  }
  return {
    type: "bills-booked",
    at: AT,
    batch: `batch_${batch}`,
    source: "focus",
    origin: "import_1",
    kinds: bills.map(({ provider, service, charge, sku, region, layer, attribution }) => ({
      provider,
      service,
      charge,
      sku,
      region,
      layer,
      attribution,
    })),
    columns: {
      bill: bills.map(({ bill }) => bill),
      content: bills.map(({ content }) => content),
      incurredAt: bills.map(({ incurredAt }) => incurredAt),
      kind: bills.map((_, place) => place),
      nanos: bills.map(({ nanos }) => nanos),
      remainder: bills.map(({ remainder }) => remainder),
    },
    rows: packer.pack(),
  };
}

type Rows = Omit<Batch, "stretches">;

function manyOf(event: BillsBooked): Rows {
  return { entries: [], refusals: [], bills: [event] };
}

async function storeOf(batches: readonly Rows[]): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const store = opened.value;
  for (const [place, batch] of batches.entries()) {
    const stretches = [{ segment: "s", from: place, to: place + 1, isDone: false, corrupted: 0 }];
    expect(await store.append({ stretches, ...batch })).toMatchObject({ ok: true });
  }
  return store;
}

async function rowsOf(batches: readonly Rows[]) {
  const store = await storeOf(batches);
  const entries = await store.query("SELECT * FROM entry_rows ORDER BY attempt, nanos, incurred_at", []);
  await store.checkpoint();
  const sums = store.sums();
  store.close();
  return { entries, sums };
}

it("in every column, with what each reported back in its place", { timeout: 30_000 }, async () => {
  const some = fc.uniqueArray(
    anyBill.map((bill): Bill => ({ ...bill, source: "focus", origin: "import_1" })),
    { selector: ({ bill }) => bill, minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(some, some, async (first, second) => {
      const alone = [first, second].map((bills) => ({
        entries: bills.map((bill) => entryOfBill({ type: "bill-booked", at: AT, bill })),
        refusals: [],
      }));
      const many = [together(first, "1"), together(second, "2")].map(manyOf);
      expect(await rowsOf(many)).toEqual(await rowsOf(alone));
    }),
    { numRuns: runsOf(15) },
  );
});

it("until they are past their own time, which is not that of steps, and what they reported as long as one of them", async () => {
  const [early, late] = [1, 5].map((day) => instant(AT + day * 86_400_000));
  const [bill] = fc.sample(anyBill, 1);
  if (early === undefined || late === undefined || bill === undefined) throw new Error("there is a bill and two days");
  const bills = [early, late].map((incurredAt, place): Bill => ({ ...bill, bill: `bill_a_a.${place}`, incurredAt }));
  const store = await storeOf([manyOf(together(bills, "1"))]);
  const left = async () => {
    const [row] = await store.query(
      "SELECT (SELECT count(*) FROM entry_rows)::INTEGER AS bills, (SELECT count(*) FROM kept_rows)::INTEGER AS kept",
      [],
    );
    return row;
  };
  const between = instant(early + 1);
  const behind = instant(late + 1);
  expect(await store.retire({ before: undefined, stepsBefore: behind, segments: [] })).toEqual({ ok: true, value: 0 });
  expect(await left()).toEqual({ bills: 2, kept: 1 });
  expect(await store.retire({ before: between, stepsBefore: undefined, segments: [] })).toMatchObject({ ok: true });
  expect(await left()).toEqual({ bills: 1, kept: 1 });
  expect(await store.retire({ before: behind, stepsBefore: undefined, segments: [] })).toMatchObject({ ok: true });
  expect(await left()).toEqual({ bills: 0, kept: 0 });
  store.close();
});
