import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type JournalEvent } from "#events";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { readCsv } from "../focus/read-csv.ts";
import { SegmentReading } from "../ledger/segment-reading.ts";
import { focusSource } from "./focus-source.ts";

let store: DuckDbStore;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tare-focus-"));
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok, "a store in memory opens");
  store = opened.value;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const AT = instant(Date.parse("2026-09-21T14:00:00Z"));
const tokens = { class: "input_uncached" as const, rate: "0.25", row: "seed:openai/gpt-5-mini:input_mtok" };

/** Two calls of one price on one day, one on the next, one unpriced, and one whose cost is more than its parts. */
const events: readonly JournalEvent[] = [
  dispatched("a", { at: AT }),
  settled("a", priced(101, 25n)),
  dispatched("b", { at: AT }),
  settled("b", priced(3, 1n)),
  dispatched("c", { at: instant(AT + 86_400_000) }),
  settled("c", priced(1000, 250n)),
  dispatched("d", { at: AT }),
  settled("d", { cost: { type: "unpriced", reason: "no rate" }, components: [] }),
  dispatched("e", { at: AT }),
  settled("e", { ...priced(4, 1n), cost: { type: "estimated", nanos: money(70n), basis: "cut" } }),
];

function priced(quantity: number, nanos: bigint) {
  const components = [{ ...tokens, quantity, nanos: money(nanos) }];
  return { cost: { type: "priced" as const, nanos: money(nanos) }, components };
}

async function load(): Promise<void> {
  const reading = new SegmentReading("n.0.a.000001.journal", undefined);
  const timed = events.map((event) => ({ event, at: 0 }));
  const piece = reading.take({ events: timed, end: 10, corrupted: 0, isAtEnd: true } as never);
  assert(piece !== undefined, "there is something to load");
  await store.append({ ...piece, stretches: [piece.stretch] });
}

async function exported(asked: { readonly per?: "day" | "month"; readonly format?: "csv" | "parquet" } = {}) {
  const source = focusSource({ world: realWorld(), store, config: () => ({ currency: "USD" }), folder });
  const made = await source.focus({
    from: "2026-09-01T00:00:00Z",
    to: "2026-10-01T00:00:00Z",
    version: "1.4",
    per: "day",
    format: "csv",
    ...asked,
  });
  assert(made.ok, "the export is made");
  const pieces: Uint8Array[] = [];
  for await (const piece of made.value.bytes) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), unpriced: made.value.unpriced };
}

it("has one row for each price and day, and all the money of the ledger in them", async () => {
  await load();
  const { bytes, unpriced } = await exported();
  const { rows } = readCsv(bytes.toString("utf8"));
  expect(unpriced).toBe(1);
  const names = ["ChargePeriodStart", "SkuMeter", "ConsumedQuantity", "ListCost", "x_LedgerCost", "x_Estimated"];
  const lines = rows.map((row) => names.map((name) => row[name]).join(" "));
  expect(new Set(lines)).toEqual(
    new Set([
      "2026-09-21T00:00:00Z Cost 1 0.000000069 0.000000069 true",
      "2026-09-21T00:00:00Z Input Tokens 104 0.000026 0.000000026 false",
      "2026-09-21T00:00:00Z Input Tokens 4 0.000001 0.000000001 true",
      "2026-09-22T00:00:00Z Input Tokens 1000 0.00025 0.00000025 false",
    ]),
  );
  expect(lines.length).toBe(4);
  const [totals = {}] = await store.query("SELECT sum(nanos)::BIGINT AS nanos FROM entry_rows", []);
  const sum = rows.reduce((total, row) => total + Math.round(Number(row["x_LedgerCost"]) * 1e9), 0);
  expect(BigInt(sum)).toBe(totals["nanos"]);
});

it("adds days up to months", async () => {
  await load();
  const { rows } = readCsv((await exported({ per: "month" })).bytes.toString("utf8"));
  const input = rows.find((row) => row["SkuMeter"] === "Input Tokens" && row["x_Estimated"] === "false");
  expect([input?.["ConsumedQuantity"], input?.["ChargePeriodStart"], input?.["ChargePeriodEnd"]]).toEqual([
    "1104",
    "2026-09-01T00:00:00Z",
    "2026-10-01T00:00:00Z",
  ]);
});

it("gives the same rows as Parquet, typed, and leaves no file behind", async () => {
  await load();
  const { rows } = readCsv((await exported()).bytes.toString("utf8"));
  const { bytes } = await exported({ format: "parquet" });
  expect(readdirSync(folder)).toEqual([]);
  const file = join(folder, "read.parquet");
  writeFileSync(file, bytes);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const read = await connection.runAndReadAll(
    `SELECT string_agg(SkuMeter || ' ' || ListCost || ' ' || typeof(ListCost) || ' ' || typeof(ChargePeriodStart), ';') AS lines
     FROM '${file}'`,
  );
  const [[lines] = []] = read.getRowsJS();
  const wanted = rows.map((row) => {
    const [whole = "", fraction = ""] = (row["ListCost"] ?? "").split(".");
    return `${row["SkuMeter"]} ${whole}.${fraction.padEnd(24, "0")} DECIMAL(38,24) TIMESTAMP`;
  });
  assert(typeof lines === "string", "there are lines");
  expect(new Set(lines.split(";"))).toEqual(new Set(wanted));
  connection.closeSync();
  instance.closeSync();
});

it("is a head alone where nothing was booked", async () => {
  const { bytes, unpriced } = await exported();
  expect(bytes.toString("utf8").split("\r\n").length).toBe(2);
  expect(unpriced).toBe(0);
});
