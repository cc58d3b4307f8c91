/** Records a small data folder of this version, made by the product itself: `node e2e/record-folder.ts e2e/fixtures/NAME`. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { type BillImport } from "#contract";
import { Ledger, openDuckDbStore } from "#ledger";
import { realWorld } from "#world";
import { until } from "./harness/product.ts";
import { setStage } from "./harness/stage.ts";

const CALLS = 12;
const [target] = process.argv.slice(2);
if (target === undefined) throw new Error("Say where: node e2e/record-folder.ts FOLDER");
const folder = mkdtempSync(join(tmpdir(), "tare-record-"));
const recording = await setStage({ folder });
const { product } = recording;
const { secret } = await product.createKey({ name: "recorded", team: "support", feature: "recording" });
await runMixedCalls({ baseUrl: product.dataPlane, secret, calls: CALLS, atOnce: 2, seed: 5 }).finished;
const step = { id: "recorded-step", interaction: "recorded", kind: "tool", name: "search", cost: "0.002" };
await product.api("/steps", { method: "POST", body: { steps: [step] } });
await importBills();
await product.waitUntilBooked();
const spend = await product.api<object>("/spend?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&by=model");
await recording.strike();
const from = join(folder, "tare-data");
await keepLedger();
const to = resolve(target);
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
// The secrets are of this folder alone; without the pepper its keys could not be checked.
for (const name of ["journal", "books.sqlite", "node", "secrets"])
  cpSync(join(from, name), join(to, name), { recursive: true, filter: (path) => !path.endsWith(".reserve") });
writeFileSync(join(to, "ledger.duckdb.gz"), gzipSync(readFileSync(join(from, "ledger.duckdb"))));
writeFileSync(join(to, "expected.json"), `${JSON.stringify({ secret, spend }, null, 2)}\n`);
rmSync(folder, { recursive: true });

/** A stop leaves the file as it was written last, minutes ago or never: the next start reads the rest from the journal. */
async function keepLedger(): Promise<void> {
  const opened = await openDuckDbStore(join(from, "ledger.duckdb"), { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  await new Ledger({ ...realWorld(), folder: join(from, "journal"), store: opened.value }).catchUp();
  await opened.value.checkpoint();
  opened.value.close();
}

async function importBills(): Promise<void> {
  const given = { name: "recorded.csv", format: "csv", dates: "iso", whole: false };
  const { id } = await product.api<BillImport>("/imports", { method: "POST", body: given });
  const file =
    "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName\n1.25,USD,2026-01-01,Vectors\n2.5,USD,2026-01-02,Vectors\n";
  await fetch(`${product.control}/api/v1/imports/${id}/parts?offset=0`, {
    method: "POST",
    headers: { authorization: `Bearer ${product.adminToken}`, "content-type": "application/octet-stream" },
    body: file,
  });
  await product.api(`/imports/${id}/book`, { method: "POST", body: {} });
  const isDone = async () => (await product.api<BillImport>(`/imports/${id}`)).state === "done";
  await until(isDone, "the bills are booked", 30_000);
}
