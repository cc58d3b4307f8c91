import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assert } from "#std";
import { askBillRows, askBillTotals } from "./ask-bills.ts";
import { type ImportReport } from "./bill-imports.ts";
import { BillsRig } from "./bills-rig.ts";
import { ExchangeRatesSection } from "./exchange-rates.ts";

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

const HEADER = "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName";
const ENTRIES = "SELECT attempt, substr(detail, 21, 32) AS content, nanos, incurred_at FROM entry_rows ORDER BY ALL";
const inOrder = (a: string, b: string) => (a < b ? -1 : 1);

/** In parts of so many bytes. */
async function sent(
  to: BillsRig,
  { whole, partBytes }: { readonly whole: Buffer; readonly partBytes: number },
): Promise<ImportReport> {
  const begin = to.imports.begin(given, "test");
  assert(begin.ok, "an import can begin");
  const { id } = begin.value;
  for (let offset = 0; offset < whole.length; offset += partBytes) {
    const added = to.imports.add(id, { offset, bytes: whole.subarray(offset, offset + partBytes) });
    assert(added.ok, "each part is taken");
    // Pieces are read between two parts.
    await setImmediate();
  }
  to.imports.book(id);
  await to.imports.idle();
  const report = to.imports.get(id);
  assert(report !== undefined, "an import is remembered");
  return report;
}

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
    expect(readdirSync(`${rig.folder}/imports`)).toEqual([]);
  });

  it("of which one cannot be written since the disk is full is over, books nothing, and is booked when it is sent again", async () => {
    for (const isLast of [false, true]) {
      const id = begun();
      const cut = isLast ? file.length - 3 : 60;
      expect(rig.imports.add(id, { offset: 0, bytes: file.subarray(0, cut) }).ok).toBe(true);
      rig.isDiskFull = true;
      const added = rig.imports.add(id, { offset: cut, bytes: file.subarray(cut, isLast ? -1 : undefined) });
      // The last record has no line feed: it is written when the file is booked.
      const refused = isLast ? rig.imports.book(id) : added;
      expect(refused).toEqual({ ok: false, error: { type: "disk-full" } });
      rig.isDiskFull = false;
      expect(rig.imports.add(id, { offset: cut, bytes: file.subarray(cut) })).toMatchObject({
        error: { type: "not-receiving", state: "failed" },
      });
      await rig.imports.idle();
      expect(rig.imports.get(id)).toMatchObject({ state: "failed", booked: 0 });
      expect(rig.imports.get(id)?.detail).toContain("Nothing of it was booked");
      expect(readdirSync(`${rig.folder}/imports`)).toEqual([]);
      expect(await rig.query("SELECT count(*) AS n FROM entry_rows")).toEqual([{ n: 0n }]);
    }
    expect(await rig.import(file)).toMatchObject({ state: "done", booked: 2, nanos: "3250000000" });
  });

  it("is one of a few: nobody fills the disk by beginning more", () => {
    const ids = [begun(), begun(), begun(), begun()];
    expect(rig.imports.begin(given, "test")).toEqual({ ok: false, error: { type: "too-many" } });
    expect(new Set(ids).size).toBe(4);
    expect(rig.imports.add("import_none", { offset: 0, bytes: file })).toMatchObject({ error: { type: "not-found" } });
  });

  it("is read in pieces while more of it comes, and booked as it is when it comes whole", async () => {
    const rows = Array.from({ length: 40 }, (_, index) =>
      index % 7 === 3 ? "x,USD,2027-01-01,bad" : `0.${index},USD,2027-01-0${(index % 9) + 1},"S\n${index % 5}"`,
    );
    const [whole, pieces] = [
      Buffer.from([HEADER, ...rows, ...rows, ""].join("\n")),
      await BillsRig.open({ pieceBytes: 64 }),
    ];
    const report = await rig.import(whole);
    for (const partBytes of [50, 333]) {
      const again = await sent(pieces, { whole, partBytes });
      expect(again).toMatchObject({ state: "done", rows: report.rows, set_aside: report.set_aside });
      expect(again.problems).toEqual(report.problems);
      expect(again.booked + again.unchanged).toBe(report.booked);
      expect(await pieces.query(ENTRIES)).toEqual(await rig.query(ENTRIES));
      expect((await pieces.reported()).toSorted(inOrder)).toEqual((await rig.reported()).toSorted(inOrder));
    }
    await pieces.close();
  });

  it("may have rows of a megabyte", async () => {
    const long = `"${"x\n".repeat(500_000)}"`;
    const rows = [1, 2, 3, 4].map((cost) => `${cost},USD,2027-01-0${cost},${cost},${long}`);
    const report = await rig.import(`${HEADER},x_Note\n${rows.join("\n")}\n`);
    expect(report).toMatchObject({ state: "done", booked: 4, set_aside: 0, nanos: "10000000000" });
    const [said = "{}"] = await rig.reported();
    expect(JSON.parse(said)).toHaveProperty("x_Note", "x\n".repeat(500_000));
  });

  it("is booked by the rules of the time when it is booked, whatever was read of it before", async () => {
    const [whole, pieces] = [
      Buffer.from(`${HEADER}\n1,EUR,2027-01-01,A\n2,EUR,2027-01-02,B\n`),
      await BillsRig.open({ pieceBytes: 1 }),
    ];
    const begin = pieces.imports.begin(given, "test");
    assert(begin.ok, "an import can begin");
    const { id } = begin.value;
    pieces.imports.add(id, { offset: 0, bytes: whole.subarray(0, -3) });
    const rates = ExchangeRatesSection.parse([{ currency: "EUR", from: "2027-01-01", rate: "1.5", source: "test" }]);
    pieces.rules = { ...pieces.rules, rates };
    pieces.imports.add(id, { offset: whole.length - 3, bytes: whole.subarray(-3) });
    pieces.imports.book(id);
    await pieces.imports.idle();
    expect(pieces.imports.get(id)).toMatchObject({ state: "done", booked: 2, nanos: "4500000000" });
    rig.rules = pieces.rules;
    await rig.import(whole);
    expect(await pieces.query(ENTRIES)).toEqual(await rig.query(ENTRIES));
    await pieces.close();
  });

  it("is gone when Tare was killed, with what its database spilled, and the next start goes on", async () => {
    rig.imports.add(begun(), { offset: 0, bytes: file });
    const spilled = `${rig.folder}/imports/import_1.duckdb.tmp`;
    mkdirSync(spilled);
    writeFileSync(`${spilled}/duckdb_temp_storage_DEFAULT-0.tmp`, "spilled");
    rig.restartImports();
    expect(readdirSync(`${rig.folder}/imports`, { recursive: true })).toEqual(["import_1.duckdb.tmp"]);
    expect(await rig.import(file)).toMatchObject({ state: "done", booked: 2 });
  });

  it("is given up when nothing of it came for ten minutes, and is in nobody's way", async () => {
    const ids = [begun(), begun(), begun(), begun()] as const;
    rig.aheadMs = 599_000;
    rig.imports.add(ids[1], { offset: 0, bytes: file });
    expect(rig.imports.begin(given, "test").ok).toBe(false);
    rig.aheadMs = 601_000;
    expect(rig.imports.begin(given, "test").ok).toBe(true);
    expect(ids.map((id) => rig.imports.get(id)?.state)).toEqual(["failed", "receiving", "failed", "failed"]);
    expect(rig.imports.add(ids[0], { offset: 0, bytes: file })).toMatchObject({ error: { type: "not-receiving" } });
    expect(rig.imports.book(ids[1]).ok).toBe(true);
    await rig.imports.idle();
    expect(rig.imports.get(ids[1])).toMatchObject({ state: "done", booked: 2 });
  });

  it("that waits is not booked when Tare stops", async () => {
    const id = begun();
    rig.imports.add(id, { offset: 0, bytes: file });
    const stopped = rig.imports.stop();
    rig.imports.book(id);
    await stopped;
    await rig.imports.idle();
    expect(rig.imports.get(id)).toMatchObject({ state: "failed", booked: 0 });
    expect(readdirSync(`${rig.folder}/imports`)).toEqual([]);
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
