import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assert } from "#std";
import { askBillRows, askBillTotals } from "./ask-bills.ts";
import { BillsRig } from "./bills-rig.ts";

let rig: BillsRig;
beforeEach(async () => {
  rig = await BillsRig.open();
});
afterEach(() => rig.close());

const file = Buffer.from(
  ["BilledCost,BillingCurrency,ChargePeriodStart,ServiceName", "1.25,USD,2027-01-01,A", "2,USD,2027-02-01,B", ""].join(
    "\n",
  ),
);
const given = { name: "file", format: "csv", dates: "iso", whole: false } as const;

function begun(): string {
  const begin = rig.imports.begin(given, "test");
  assert(begin.ok, "an import can begin");
  return begin.value.id;
}

describe("a file in parts", () => {
  it("is the file, wherever it is cut, and takes each byte once", async () => {
    const id = begun();
    for (let offset = 0; offset < file.length; offset += 7)
      expect(rig.imports.add(id, { offset, bytes: file.subarray(offset, offset + 7) }).ok).toBe(true);
    const twice = rig.imports.add(id, { offset: 0, bytes: file });
    expect(twice).toEqual({ ok: false, error: { type: "wrong-offset", received: file.length } });
    expect(rig.imports.book(id).ok).toBe(true);
    await rig.imports.idle();
    expect(rig.imports.get(id)).toMatchObject({ state: "done", booked: 2, received: file.length });
    expect(rig.imports.book(id)).toEqual({ ok: false, error: { type: "not-receiving", state: "done" } });
  });

  it("leaves nothing on the disk when it is over, however it ends", async () => {
    const id = begun();
    rig.imports.add(id, { offset: 0, bytes: file });
    rig.imports.book(id);
    await rig.import('BilledCost\n"');
    await rig.imports.idle();
    const { readdirSync } = await import("node:fs");
    expect(readdirSync(`${rig.folder}/imports`)).toEqual([]);
  });

  it("is one of a few: nobody fills the disk by beginning more", () => {
    const ids = [begun(), begun(), begun(), begun()];
    expect(rig.imports.begin(given, "test")).toEqual({ ok: false, error: { type: "too-many" } });
    expect(new Set(ids).size).toBe(4);
    expect(rig.imports.add("import_none", { offset: 0, bytes: file })).toMatchObject({ error: { type: "not-found" } });
  });

  it("that waits is not booked when Tare stops", async () => {
    const id = begun();
    rig.imports.add(id, { offset: 0, bytes: file });
    const stopped = rig.imports.stop();
    rig.imports.book(id);
    await stopped;
    await rig.imports.idle();
    expect(rig.imports.get(id)).toMatchObject({ state: "failed", booked: 0 });
    expect(await rig.exactSum()).toBe("0");
  });
});

describe("questions about bills", () => {
  it("add up by any dimensions to the same total, and open to every row, page by page", async () => {
    await rig.import(file);
    await rig.import(file.toString().replace("1.25", "1.50000000004"));
    for (const by of [["service"], ["month", "charge"], ["provider", "layer", "feature", "team", "source"]] as const) {
      const { rows, total } = await askBillTotals(rig.store, { by });
      expect(rows.reduce((sum, { nanos }) => sum + BigInt(nanos), 0n)).toBe(3_500_000_000n);
      expect(total).toEqual({ bills: 4, nanos: "3500000000", remainder: "0.00000000004" });
    }
    const found: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await askBillRows(rig.store, { limit: 1, cursor });
      assert(page !== undefined, "our own cursor is taken");
      found.push(...page.rows.map(({ id }) => id));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(new Set(found).size).toBe(4);
    expect(await askBillRows(rig.store, { limit: 1, cursor: "1:x' OR 1=1" })).toBeUndefined();
    const february = await askBillRows(rig.store, { limit: 9, month: "2027-02", service: "B" });
    expect(february?.rows.map(({ row }) => row["BilledCost"])).toEqual(["2"]);
    const nobody = await askBillTotals(rig.store, { by: ["service"], provider: "nobody" });
    expect(nobody).toEqual({ rows: [], total: { bills: 0, nanos: "0", remainder: "0" }, is_cut: false });
  });
});
