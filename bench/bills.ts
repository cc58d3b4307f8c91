/**
 * How long a FOCUS file takes from its first byte to the last entry in the ledger, and again when nothing in it is new:
 * `node bench/bills.ts [rows]`. The file has the 44 columns of FOCUS 1.0, some 600 bytes a row, and is made here.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { BillsRig } from "../src/bills/bills-rig.ts";

const COLUMNS =
  "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountStatus,CommitmentDiscountType,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SkuId,SkuPriceId,SubAccountId,SubAccountName,Tags,InvoiceId";
const PART_BYTES = 4 * 1024 * 1024;
const services = ["Object Storage", "Vector Search", "Virtual Machines", "Log Analytics", "Managed Postgres"];
const categories = ["Storage", "Databases", "Compute", "Management and Governance", "Databases"];

function row(index: number): string {
  const day = String((index % 28) + 1).padStart(2, "0");
  const hour = String(Math.floor(index / 28) % 24).padStart(2, "0");
  const cost = `0.${String((index * 7919) % 10_000_000_019).padStart(11, "0")}`;
  const service = index % services.length;
  return [
    [
      "",
      cost,
      "acct-000000000042",
      "Example Company",
      "USD",
      "2027-02-01T00:00:00Z",
      "2027-01-01T00:00:00Z",
      "Usage",
      "",
    ],
    [`"$0.0004 per 1,000 requests of ${services[service]} in US West, tier ${index % 5}"`, "Usage-Based"],
    [
      `2027-01-${day}T${hour}:59:59Z`,
      `2027-01-${day}T${hour}:00:00Z`,
      "",
      "",
      "",
      "",
      "",
      String(index % 900),
      "Requests",
    ],
    [cost, "0.0000004", cost, '"Example Cloud, Inc."', cost, "0.0000004", "Standard", String(index % 900), "Requests"],
    ["Example Cloud", '"Example Cloud, Inc."', "us-west-2", "US West", `arn:example:storage:us-west-2:${index}`],
    [
      `resource-${index}`,
      "Bucket",
      categories[service],
      services[service],
      `SKU${index % 300}`,
      `SKU${index % 300}.JRTCKXETXF`,
    ],
    ["sub-17", "Production", '"{""team"":""search"",""environment"":""production""}"', "INV-2027-01"],
  ]
    .flat()
    .join(",");
}

function write(path: string, rows: number): void {
  const file = openSync(path, "w");
  writeSync(file, `${COLUMNS}\n`);
  for (let from = 0; from < rows; from += 5000)
    writeSync(
      file,
      `${Array.from({ length: Math.min(5000, rows - from) }, (_, index) => row(from + index)).join("\n")}\n`,
    );
  closeSync(file);
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1);
}

async function importFile(rig: BillsRig, path: string) {
  const begun = rig.imports.begin({ name: "bench", format: "csv", dates: "iso", whole: false }, "bench");
  if (!begun.ok) throw new Error(begun.error.type);
  const { id } = begun.value;
  const file = openSync(path, "r");
  const part = Buffer.alloc(PART_BYTES);
  const startedAt = performance.now();
  const cpu = { all: process.cpuUsage(), main: process.threadCpuUsage() };
  for (let offset = 0; ;) {
    const read = readSync(file, part, 0, PART_BYTES, offset);
    if (read === 0) break;
    const added = rig.imports.add(id, { offset, bytes: Buffer.from(part.subarray(0, read)) });
    if (!added.ok) throw new Error(added.error.type);
    offset += read;
  }
  closeSync(file);
  const receivedAt = performance.now();
  const cpuReceived = process.cpuUsage(cpu.all);
  rig.imports.book(id);
  await rig.imports.idle();
  const report = rig.imports.get(id);
  console.log(
    `${report?.state}: ${report?.booked} booked, ${report?.unchanged} unchanged, ${report?.set_aside} set aside;`,
    `received ${seconds(startedAt, receivedAt)} s, then booked and loaded ${seconds(receivedAt, performance.now())} s,`,
    `together ${seconds(startedAt, performance.now())} s; at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
  console.log(
    `CPU for each row: ${perRow(process.cpuUsage(cpu.all))} µs, of which ${perRow(cpuReceived)} to receive it;`,
    `on the main thread ${perRow(process.threadCpuUsage(cpu.main))} µs`,
  );
}

function perRow({ user, system }: NodeJS.CpuUsage): string {
  return ((user + system) / rows).toFixed(1);
}

const rows = Number(process.argv[2] ?? "1000000");
const folder = mkdtempSync(join(tmpdir(), "tare-bench-bills-"));
const path = join(folder, "focus.csv");
write(path, rows);
const { model } = cpus()[0] ?? { model: "?" };
console.log(
  `${rows} rows, ${Math.round(statSync(path).size / 1024 / 1024)} MiB; ${model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
const rig = await BillsRig.open({ isInFile: true });
await importFile(rig, path);
await importFile(rig, path);
await rig.close();
rmSync(folder, { recursive: true });
