/** Whose the money of a month is, in a real browser and on the command line: shared, explained, closed, and right to the last digit. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AllocationAnswer, type ClosedMonth, type Statement } from "#contract";
import { type Dashboard, LAPTOP, openDashboard } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { post } from "./harness/post.ts";
import { Product, PROGRAM, until } from "./harness/product.ts";

const CONFIG = `providers:
  local: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
allocation:
  - { name: fleet, of: { kind: compute }, by: tokens, counting: { provider: local }, to: feature }
`;

// The month of now and the one before, and a moment in each that has surely passed.
const now = new Date();
const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
const month = new Date(first).toISOString().slice(0, 7);
const before = new Date(first - 1).toISOString().slice(0, 7);

/** A4 between margins of a centimetre. */
const SHEET = { width: 718, height: 1047 };

let product: Product;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

const step = (id: string, more: Record<string, unknown>) => ({
  id,
  interaction: `i-${id}`,
  kind: "model",
  name: id,
  started_at: new Date(first).toISOString(),
  ...more,
});
const used = (tokens: number) => ({ provider: "local", model: "llama", usage: { input_uncached: tokens } });

async function book(steps: readonly unknown[]): Promise<void> {
  await post(product, "/steps", { steps });
  await product.waitUntilBooked();
}

beforeAll(async () => {
  product = await new Product({ config: CONFIG, env: {}, threads: 1 }).start();
  await book([
    step("gpus", { kind: "compute", cost: "1000", provider: "gpu cloud" }),
    step("a", { feature: "support", team: "care", ...used(300) }),
    step("b", { feature: "search", team: "web", ...used(100) }),
    step("look-up", { kind: "tool", feature: "support", team: "care", cost: "10" }),
    step("crawl", { kind: "tool", feature: "search", team: "web", cost: "20" }),
    step("old", { feature: "support", team: "care", cost: "4", started_at: new Date(first - 1).toISOString() }),
  ]);
  dashboard = await openDashboard(product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await product.stop();
  product.remove();
});

function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args, "--url", product.control, "--data", product.dataFolder]);
    let out = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (out += text.toString()));
    child.on("close", (code) => resolve({ code, out }));
  });
}

describe("a month's money", () => {
  it("is shared to the features by their tokens and told by team, with the ledger's total", async () => {
    const answer = await product.api<AllocationAnswer>("/allocations?by=team");
    expect(answer.rows.map(({ value, total_nanos: total }) => [value, total])).toEqual([
      ["care", "760000000000"],
      ["web", "270000000000"],
    ]);
    expect(answer).toMatchObject({ month, billed_nanos: "1000000000000", unallocated_nanos: "0" });
  });

  it("opens from the list to the team's statement, to the feature that carries it, to the rule", async () => {
    await open("/statements");
    await page.getByRole("link", { name: /^gpus/ }).click();
    await page.getByRole("link", { name: "feature search" }).waitFor();
    await says(page.getByRole("region", { name: "Every line" }), "$1,000.00");
    await page.getByRole("link", { name: "care" }).click();
    await page.getByRole("heading", { level: 1, name: /^care, / }).waitFor();
    await says(page.getByRole("region", { name: "By layer" }).first(), "$750.00");
    const bridge = page.getByRole("region", { name: "From the month before to this one" });
    await says(bridge, /\$4\.00[^]*\$760\.00/);
    await page.getByRole("link", { name: "feature support" }).click();
    await page
      .getByText("$1,000.00 shared by tokens of provider local: 300 of 400 to feature support (rule fleet)")
      .waitFor();
    expect(page.url()).toContain(`month=${month}`);
    await page.reload();
    await page.getByText("(rule fleet)").waitFor();
    expect(dashboard.troubles).toEqual([]);
  });

  it("is printed with every figure that makes the sum, on the width of a sheet", async () => {
    await open(`/statements/care?month=${month}&by=team`);
    const layers = page.getByRole("table", { name: "By layer" });
    await layers.getByRole("cell", { name: "$760.00" }).first().waitFor();
    await page.setViewportSize(SHEET);
    await page.emulateMedia({ media: "print" });
    for (const head of ["Its own", "Shared", "Total", "Month before"])
      expect(await layers.getByRole("columnheader", { name: head }).isVisible(), head).toBe(true);
    const feet = await layers.locator("tfoot td").allInnerTexts();
    expect(feet).toEqual(["Total", "$10.00", "$750.00", "$760.00", "$4.00"]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize(LAPTOP);
  });

  it("is one picture and one table of the same", async () => {
    await open("/money");
    await page.getByRole("heading", { name: /^\$1,030\.00 in / }).waitFor();
    expect(await page.locator("svg title", { hasText: "GPUs and serving → support" }).count()).toBe(1);
    await page.getByRole("button", { name: "To features" }).click();
    const table = page.getByRole("region", { name: "To features" });
    await says(table, "$1,030.00");
    expect(dashboard.troubles).toEqual([]);
  });

  it("is said on the command line too, and why", async () => {
    const told = await run("allocate", "--by", "feature", "--explain", "support");
    expect(told.out).toContain("feature support carries 760.0000");
    expect(told.out).toContain("300 of 400 (fleet)");
    expect((await run("statement", "care", month)).out).toContain("GPUs and serving");
  });

  it("has bills: a file with what was set aside, opened to where it went and to what was said of it", async () => {
    const day = `${month}-01T00:00:00Z,${month}-02T00:00:00Z`;
    const head =
      "BilledCost,BillingCurrency,BillingAccountId,ChargePeriodStart,ChargePeriodEnd,ServiceProviderName,ServiceName,ServiceCategory";
    const file = join(product.folder, "gpus.csv");
    const row = (cost: string, name: string) => `${cost},USD,a1,${day},GPU Cloud,${name},Compute`;
    writeFileSync(file, [head, row("120.5", "8 GPUs"), row('"$1,000.00 "', "more GPUs"), ""].join("\r\n"));
    expect((await run("import", "focus", file)).code).toBe(1);
    await open("/bills");
    const imports = page.getByRole("region", { name: "Imports, the newest first" });
    await says(imports, /gpus\.csv[^]*\$120\.50/);
    const aside = page.getByRole("region", { name: "Rows that were set aside" });
    await says(aside, "is not a plain decimal");
    await page.getByRole("link", { name: "8 GPUs" }).click();
    await page.getByRole("heading", { level: 1, name: /^8 GPUs, / }).waitFor();
    await page
      .getByRole("heading", { name: "Where it went" })
      .or(page.getByRole("heading", { name: /^Where 8 GPUs/ }))
      .waitFor();
    const entries = page.getByRole("region", { name: "Entries of this bill" });
    await entries.getByText("What was said of it").click();
    await says(entries, "120.5");
    expect(dashboard.troubles).toEqual([]);
  });

  it("refuses an export of the ledger as a bill, and the page of bills says what it is and that nothing was booked", async () => {
    const file = join(product.folder, "ledger.csv");
    expect((await run("export", "focus", "--out", file)).code).toBe(0);
    const imported = await run("import", "focus", file);
    expect(imported.code).toBe(1);
    expect(imported.out).toContain("(import_own_export)");
    await open("/bills");
    const imports = page.getByRole("region", { name: "Imports, the newest first" });
    await says(imports, /ledger\.csv[^]*failed: This file is an export of Tare's own ledger[^]*\$0\.00/);
    expect(dashboard.troubles).toEqual([]);
  });

  it("is held against a provider's report, what is unexplained first, and says how where there is none", async () => {
    await open("/reconciliation");
    await page.getByText("No report of this month is kept").waitFor();
    const start = first / 1000;
    const costs = [
      { object: "organization.costs.result", amount: { value: 2.5, currency: "usd" }, line_item: "Vectors" },
    ];
    const results = [
      {
        object: "organization.usage.completions.result",
        model: "llama",
        service_tier: "default",
        input_tokens: 900,
        input_cached_tokens: 300,
      },
    ];
    const pageOf = (of: readonly object[]) => ({
      object: "page",
      data: [{ start_time: start, end_time: start + 86_400, results: of }],
      has_more: false,
    });
    const body = { provider: "local", pages: [pageOf(results), pageOf(costs)], as_of: new Date().toISOString() };
    await product.api("/reconciliations", { method: "POST", body });
    await page.reload();
    const rows = page.getByRole("region", { name: "Differences, what is unexplained first" }).getByRole("row");
    await rows.nth(1).waitFor();
    const text = await page.getByRole("region", { name: "Differences, what is unexplained first" }).innerText();
    expect(text).toContain("Vectors");
    expect(text).toMatch(/llama/);
    expect(text).toContain("cache read");
    expect(text).not.toContain("cache_read");
    await says(page.getByRole("region", { name: "local by day" }), "%");
    expect(dashboard.troubles).toEqual([]);
  });

  it("is closed once, stays as it was, and what comes later is corrected in the open month", async () => {
    expect((await run("month", "close", month)).code).toBe(1);
    expect((await run("month", "close", before)).out).toContain(`${before} is closed at 4.0000`);
    await book([
      step("late", { feature: "support", team: "care", cost: "6", started_at: new Date(first - 2).toISOString() }),
    ]);
    const closed = await product.api<AllocationAnswer>(`/allocations?by=team&month=${before}`);
    expect(closed).toMatchObject({ state: "closed", total_nanos: "4000000000" });
    await until(async () => {
      const { corrected_nanos: corrected } = await product.api<AllocationAnswer>("/allocations?by=team");
      return corrected === "6000000000";
    }, "the late cost is corrected in this month");
    const statement = await product.api<Statement>(`/statements/care/${month}`);
    expect(statement).toMatchObject({ total_nanos: "766000000000", before_nanos: "4000000000" });
    const again = await product
      .api<ClosedMonth>(`/periods/${before}/close`, { method: "POST", body: {} })
      .catch((error: Error) => error.message);
    expect(again).toContain("409");
  });
});

describe("what is shared and has no price", () => {
  it("is not said to have cost nothing, and what only holds steps together is not among it", async () => {
    await book([
      step("round", { kind: "group" }),
      step("render", { kind: "tool", parent: "round", interaction: "i-round", usage: { gpu_seconds: 3 } }),
    ]);
    // A month is told for some seconds as it was derived.
    await until(async () => {
      const { bills } = await product.api<AllocationAnswer>("/allocations?by=team");
      return bills.some(({ name }) => name.startsWith("render"));
    }, "it is told");
    await open("/statements");
    const row = page.getByRole("table", { name: "Bills and shared work" }).getByRole("row", { name: /render/ });
    await row.getByText("1 entry, 1 without a price").waitFor();
    expect(await row.getByText("no price").count()).toBe(3);
    expect(await row.getByText("$0.00").count()).toBe(0);
    expect(await page.getByRole("link", { name: /round/ }).count()).toBe(0);
    expect(dashboard.troubles).toEqual([]);
  });
});
