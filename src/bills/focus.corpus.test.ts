/** Every FOCUS file that we have, imported and added up apart: what the ledger has is what the file says, to the last digit. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BillsRig } from "./bills-rig.ts";
import { formatDecimal, parseDecimal } from "./exact-decimal.ts";
import { whyNoCharges } from "./import-focus.ts";

const folders = ["finops/focus", "billing/focus"].map((name) =>
  join(import.meta.dirname, "../../../shared/data", name),
);
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith(".csv"))
  .toSorted((a, b) => (a < b ? -1 : 1));
/** Both folders hold some files: each is read once. */
const once = [...new Map(files.map((path) => [readFileSync(path, "latin1"), path])).values()];
if (files.length === 0) console.log("skipped: the FOCUS files of ../shared/data are not there");

/** A reader that shares nothing with ours: whole in memory, character by character. */
function readCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const records: string[][] = [[]];
  let field = "";
  let isQuoted = false;
  const next = () => {
    records.at(-1)?.push(field);
    field = "";
  };
  const plain = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  for (let at = 0; at < plain.length; at += 1) {
    const character = plain[at] ?? "";
    if (isQuoted && character === '"' && plain[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) field += character;
    else if (character === ",") next();
    else if (character === "\n") {
      next();
      records.push([]);
    } else field += character;
  }
  next();
  const [header = [], ...rows] = records.filter((record) => record.some((each) => each !== ""));
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name.trim(), row[index] ?? ""])));
}

const isAbsent = (text: string) => text === "" || text === "NULL";
const PLAIN = /^-?\d+(\.\d+)?$/;

/** The exact sum of what may be booked, and how many rows may not. */
function sumOf(rows: readonly Readonly<Record<string, string>>[]) {
  let [digits, refused] = [0n, 0];
  for (const row of rows) {
    const { BilledCost = "", EffectiveCost, ListCost, ContractedCost } = row;
    const [whole = "", fraction = ""] = BilledCost.split(".");
    const others = [EffectiveCost, ListCost, ContractedCost].filter((text) => text !== undefined && !isAbsent(text));
    if ([BilledCost, ...others].every((text) => PLAIN.test(text ?? "")))
      digits += BigInt(whole + fraction.padEnd(30, "0"));
    else refused += 1;
  }
  return { sum: formatDecimal({ digits, scale: 30 }), refused };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

describe.skipIf(files.length === 0)("the files of FOCUS and of its tools", () => {
  let rig: BillsRig;
  beforeAll(async () => {
    rig = await BillsRig.open();
  });
  afterAll(() => rig.close());

  it.for(once.map((path) => [basename(path), path] as const))("%s", async ([, path]) => {
    const bytes = readFileSync(path);
    const rows = readCsv(bytes.toString("utf8"));
    const columns = Object.keys(rows[0] ?? {});
    const fresh = await BillsRig.open();
    const report = await fresh.import(bytes, { dates: "mdy", currency: "USD" });
    const unfit = whyNoCharges(columns, "USD");
    if (unfit === undefined) {
      const { sum, refused } = sumOf(rows);
      expect(report).toMatchObject({
        state: "done",
        rows: rows.length,
        set_aside: refused,
        booked: rows.length - refused,
      });
      expect(report.problems.every(({ column }) => column?.endsWith("Cost"))).toBe(true);
      expect(await fresh.exactSum()).toBe(sum);
      const again = await fresh.import(bytes, { dates: "mdy", currency: "USD" });
      expect(again).toMatchObject({
        booked: 0,
        corrected: 0,
        unchanged: rows.length - refused,
        nanos: "0",
        remainder: "0",
      });
    } else expect(report).toMatchObject({ state: "failed", detail: `The file is ${unfit}.`, booked: 0 });
    await fresh.close();
  });

  it("are kept whole: every column that has a value stands with its bill", async () => {
    const path = files.find((each) => each.includes("azure_1_3_cost_and_usage_rows100"));
    if (path === undefined) throw new Error("the sample of Azure 1.3 is among the files");
    const bytes = readFileSync(path);
    await rig.import(bytes);
    const kept = (await rig.reported()).map((row) =>
      JSON.stringify(Object.entries(JSON.parse(row) as Record<string, string>).toSorted(byName)),
    );
    const said = readCsv(bytes.toString("utf8")).map((row) =>
      JSON.stringify(
        Object.entries(row)
          .filter(([, value]) => value !== "" && value !== "NULL")
          .toSorted(byName),
      ),
    );
    expect(new Set(kept)).toEqual(new Set(said));
  });

  it("read as Parquet what they read as CSV", async () => {
    const path = files.find((each) => each.endsWith("focus_1_0_sample.csv"));
    if (path === undefined) throw new Error("the official sample is among the files");
    await rig.import(readFileSync(path));
    const parquet = join(rig.folder, "sample.parquet");
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT * REPLACE (BilledCost::DECIMAL(30, 12) AS BilledCost, ChargePeriodStart::TIMESTAMP AS ChargePeriodStart,
         MAP {'feature': 'search'} AS Tags)
       FROM read_csv('${path}', all_varchar = true, nullstr = 'NULL')) TO '${parquet}' (FORMAT parquet)`,
    );
    connection.closeSync();
    const fresh = await BillsRig.open();
    const report = await fresh.import(readFileSync(parquet), { format: "parquet" });
    expect(report).toMatchObject({ state: "done", rows: 1000, booked: 1000, set_aside: 0 });
    expect(await fresh.exactSum()).toBe(sumOf(readCsv(readFileSync(path, "utf8"))).sum);
    const [tags] = await fresh.query("SELECT tags FROM entries LIMIT 1");
    expect(tags?.["tags"]).toBe('{"feature":"search"}');
    await fresh.close();
  });
});

it("adds up decimals as ours does", () => {
  expect(parseDecimal("1.25")).toEqual({ digits: 125n, scale: 2 });
  expect(sumOf([{ BilledCost: "-0.05" }, { BilledCost: "1.25" }, { BilledCost: "$1" }])).toEqual({
    sum: "1.2",
    refused: 1,
  });
});
