/** Costs from outside, booked by the product as a user runs it: a file over the command line, people over tare.yaml. */
import { spawn } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditPage, type BillImport, type BillRows, type BillTotals, type SpendAnswer } from "#contract";
import { Product, PROGRAM, until } from "./harness/product.ts";

const CONFIG = `providers:
  local: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
bills:
  tags: { feature: [feature] }
  rules:
    - { service: Tokens, measured: true }
  recurring:
    - { name: reviewers, provider: Acme Staffing, layer: human review, amount: 3100.00 EUR, from: 2026-01, to: 2026-01, booked: day, team: support }
exchange_rates:
  - { currency: EUR, from: 2026-01-01, rate: "1.1", source: central bank }
`;

const HEADER =
  "BilledCost,BillingCurrency,BillingAccountId,ChargePeriodStart,ChargePeriodEnd,ServiceProviderName,ServiceName,ServiceCategory,ResourceId,ChargeDescription,Tags";
const PERIOD = "2026-01-01T00:00:00Z,2026-02-01T00:00:00Z";

const vectors = `12.00000000004,USD,a1,${PERIOD},Vectors Inc.,Vectors,Databases,index-1,"stored\nand read","{""feature"":""search""}"`;
const logs = `10,EUR,a1,${PERIOD},Logs Ltd.,Logs,Management and Governance,,,`;
const tokens = `99,USD,a1,${PERIOD},Models Inc.,Tokens,AI and Machine Learning,,,`;
const bad = `"$1,000.00 ",USD,a1,${PERIOD},Vectors Inc.,Vectors,Databases,index-2,,`;

let product: Product;
beforeAll(async () => {
  product = await new Product({ config: CONFIG, env: {}, threads: 1 }).start();
}, 60_000);
afterAll(async () => {
  await product.stop();
  product.remove();
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

function run(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args, "--url", product.control, "--data", product.dataFolder]);
    const said = { out: "", errors: "" };
    child.stdout.on("data", (text: Buffer) => (said.out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (said.errors += text.toString()));
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

function file(name: string, ...rows: readonly string[]): string {
  const path = join(product.folder, name);
  writeFileSync(path, `\uFEFF${[HEADER, ...rows].join("\r\n")}\r\n`);
  return path;
}

async function imported(path: string, ...options: readonly string[]): Promise<BillImport & Pick<Ran, "code">> {
  const { code, out, errors } = await run("import", "focus", path, "--json", ...options);
  expect(errors).not.toContain("tare:");
  return { ...(JSON.parse(out) as BillImport), code };
}

const totals = (query = "") => product.api<BillTotals>(`/bills${query}`);

describe("bills", () => {
  it("of tare.yaml are booked day by day, converted at their rate, and nobody has to ask", async () => {
    await until(async () => (await totals("?source=config")).total.bills === 31, "the reviewers are booked", 30_000);
    const { total } = await totals("?source=config&team=support");
    expect(total).toEqual({ bills: 31, nanos: "3410000000000", remainder: "0" });
  });

  it("of a file are booked exactly, with what cannot be read named by its line", async () => {
    const report = await imported(file("january.csv", vectors, logs, tokens, bad));
    expect(report).toMatchObject({ code: 1, state: "done", rows: 4, booked: 2, measured: 1, set_aside: 1 });
    expect(report.problems).toEqual([{ line: 6, column: "BilledCost", detail: '"$1,000.00 " is not a plain decimal' }]);
    const answer = await totals("?source=focus&by=provider,service,month,feature");
    expect(answer.rows.map(({ dimensions, nanos, remainder }) => [dimensions["service"], nanos, remainder])).toEqual([
      ["Vectors", "12000000000", "0.00000000004"],
      ["Logs", "11000000000", "0"],
    ]);
    expect(answer.rows[0]?.dimensions).toMatchObject({ month: "2026-01", feature: "search" });
    const rows = await product.api<BillRows>("/bills/rows?service=Vectors");
    expect(rows.rows[0]).toMatchObject({
      layer: "retrieval and embeddings",
      row: { ChargeDescription: "stored\nand read" },
    });
  });

  it("are tare on every page: spend has them by layer, and they are calls of nobody", async () => {
    const spend = await product.api<SpendAnswer>("/spend?by=layer&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z");
    expect(spend.total).toMatchObject({ gross_nanos: "3433000000000", tare_nanos: "3433000000000", net_nanos: "0" });
    expect(spend.total).toMatchObject({ calls: 0, attempts: 0 });
    expect(spend.rows.map(({ dimensions }) => dimensions["layer"])).toContain("human review");
  });

  it("that come again change nothing, not even when the ledger was made anew of the journal", async () => {
    const path = file("again.csv", logs, vectors);
    expect(await imported(path)).toMatchObject({ code: 0, booked: 0, corrected: 0, unchanged: 2, nanos: "0" });
    await product.stop();
    for (const name of readdirSync(product.dataFolder))
      if (name.startsWith("ledger")) rmSync(join(product.dataFolder, name), { recursive: true });
    await product.start();
    await until(async () => (await totals()).total.bills === 33, "the ledger has all bills again", 30_000);
    expect(await imported(path)).toMatchObject({ code: 0, booked: 0, corrected: 0, unchanged: 2 });
    const { rows } = await product.api<{ readonly rows: readonly BillImport[] }>("/imports");
    expect(rows.map(({ name, set_aside }) => [name, set_aside])).toEqual([
      ["again.csv", 0],
      ["again.csv", 0],
      ["january.csv", 1],
    ]);
    expect(rows.at(-1)?.problems).toMatchObject([{ line: 6, column: "BilledCost" }]);
    expect((await totals()).total).toMatchObject({ bills: 33, nanos: "3433000000000" });
  });

  it("that a later file corrects are booked as the difference, and what it no longer has is taken back when it is whole", async () => {
    const corrected = file("corrected.csv", vectors.replace("12.00000000004", "11.5"));
    expect(await imported(corrected)).toMatchObject({ corrected: 1, missing: 1, nanos: "-500000000" });
    const rows = await product.api<BillRows>("/bills/rows?service=Vectors");
    expect(rows.rows.map(({ state }) => state).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "booked",
      "booked",
      "taken_back",
    ]);
    expect(rows.rows.find(({ why }) => why !== undefined)?.why).toBe("corrected: BilledCost 12.00000000004 → 11.5");
    expect(await imported(corrected, "--whole")).toMatchObject({ taken_back: 1, nanos: "-11000000000" });
    expect((await totals("?source=focus")).total).toMatchObject({ nanos: "11500000000", remainder: "0" });
    const shown = await run("bills", "--by", "service", "--month", "2026-01");
    expect(shown.out).toMatch(/Vectors +3 +11\.5000/);
    const audit = await product.api<AuditPage>("/audit");
    expect(audit.rows.filter(({ action }) => action === "bills-imported")).toHaveLength(5);
  });

  it("of a file that holds none are refused whole, with what is missing", async () => {
    const path = join(product.folder, "other.csv");
    writeFileSync(path, "ServiceName,BilledCost\nx,1\n");
    const { code, out } = await run("import", "focus", path);
    expect(code).toBe(1);
    expect(out).toContain("BillingCurrency, ChargePeriodStart missing");
  });
});
