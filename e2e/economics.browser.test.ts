/** What costs are worth, over the listeners, the command line and the pages of the product. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AlertPage,
  type AuditPage,
  type MarginRows,
  type ReturnRows,
  type RevenueRows,
  type TargetPage,
} from "#contract";
import { type Dashboard, nanosOf, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { post } from "./harness/post.ts";
import { PROGRAM, until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const heard: { readonly type: string; readonly says: string }[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    heard.push(JSON.parse(body) as { type: string; says: string });
    response.writeHead(200).end();
  });
});

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

function configOf(port: number): string {
  return `
targets:
  - { name: a resolved ticket, where: { feature: answers }, max_cost_per: outcome, limit: 0.50 USD }
  - { name: a ticket, where: { feature: answers }, max_cost_per: interaction, limit: 0.50 USD }
  - { name: a user's week, max_cost_per: active_user, limit: 1 USD }
economics:
  latency: { reference: 1ms, measure: duration }
  features:
    answers: { counterfactual: { minutes: "6", hourly: 20 USD, source: payroll 2026 } }
alerts: { url: "http://127.0.0.1:${port}/hook", events: [target_missed] }
`;
}

beforeAll(async () => {
  await new Promise<void>((done) => void receiver.listen(0, "127.0.0.1", done));
  const address = receiver.address();
  stage = await setStage({
    latency: "none",
    config: configOf(typeof address === "object" && address !== null ? address.port : 0),
  });
  await postAll();
  await stage.product.waitUntilBooked();
  dashboard = await openDashboard(stage.product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
  receiver.closeAllConnections();
  receiver.close();
});

const ticket = (customer: string, cost: string) => (_: unknown, index: number) => ({
  id: `${customer}-${index}`,
  interaction: `${customer}-${index}`,
  kind: "tool",
  name: "answer",
  cost,
  feature: "answers",
  customer,
});

/** Thirty tickets of acme for 15 USD, of which 25 are resolved; ten of globex for 1 USD; one of initech for a dime. */
async function postAll(): Promise<void> {
  const steps = [
    ...Array.from({ length: 30 }, ticket("acme", "0.50")),
    ...Array.from({ length: 10 }, ticket("globex", "0.10")),
    ticket("initech", "0.10")(undefined, 0),
  ];
  await post(stage.product, "/steps", { steps });
  const outcomes = Array.from({ length: 30 }, (_, index) => ({
    id: `o${index}`,
    interaction: `acme-${index}`,
    name: "resolved",
    success: index < 25,
    ...(index < 25 ? { value: "0.20" } : {}),
  }));
  await post(stage.product, "/outcomes", { outcomes });
}

const tare = (...args: readonly string[]) =>
  spawnSync(process.execPath, [PROGRAM, ...args, "--url", stage.product.control, "--data", stage.product.dataFolder], {
    encoding: "utf8",
  });

const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
const range = `from=${day(-10)}T00:00:00Z&to=${day(10)}T00:00:00Z`;

function importRevenue(lines: readonly string[]) {
  const file = join(stage.product.dataFolder, "revenue.csv");
  writeFileSync(file, ["customer,from,to,amount,currency", ...lines].join("\n"));
  return tare("import", "revenue", file);
}

describe("a cost target", () => {
  it("is missed, kept or unknown, and what is missed is told once", async () => {
    let answer: TargetPage | undefined;
    await until(
      async () => {
        answer = await stage.product.api<TargetPage>("/targets");
        return answer.rows.some(({ state }) => state === "missed");
      },
      "targets are counted",
      30_000,
    );
    expect(answer?.rows).toMatchObject([
      // 16.10 USD over 25 that were resolved, of 30 that were reported.
      { name: "a resolved ticket", state: "missed", cost_nanos: "644000000", counted: 30, divided_by: 25 },
      { name: "a user's week", state: "unknown", why: "nothing_counted" },
      { name: "a ticket", state: "kept", gross_nanos: "16100000000", counted: 41, divided_by: 41 },
    ]);
    await until(() => heard.length > 0, "the webhook is told", 15_000);
    expect(heard).toMatchObject([
      {
        type: "target_missed",
        says: "Target a resolved ticket is missed: one successful outcome costs 0.644 USD over the last 7 days; it may cost 0.5 USD.",
      },
    ]);
    const alerts = await stage.product.api<AlertPage>("/alerts");
    expect(alerts.rows).toMatchObject([{ type: "target_missed", facts: { cost: "644000000", counted: "30" } }]);
    const metrics = await (await fetch(`${stage.product.control}/metrics`)).text();
    expect(metrics).toContain('tare_cost_target_nanos{target="a resolved ticket"} 644000000');
    expect(metrics).toContain('tare_cost_target_missed{target="a ticket"} 0');
    expect(metrics).not.toContain(`tare_cost_target_missed{target="a user's week"}`);
    expect(tare("target").stdout).toMatch(/a resolved ticket +outcome +7 +0\.644 +0\.5 +25 +0 +missed/);
  });
});

const lines = () => [`acme,${day(-10)},${day(10)},12,USD`, `globex,${day(-20)},${day(0)},60,USD`];

describe("a table of revenue", () => {
  it("is taken once, replaced when it is corrected, and refused whole when a line is wrong", async () => {
    expect(importRevenue(["acme,2026-13-01,2026-12-01,1,USD"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("line 2: from, to"),
    });
    expect(importRevenue([...lines(), `hooli,${day(-10)},${day(10)},1,USD`]).stdout).toContain(
      "3 rows, 73.0000 in all",
    );
    expect(importRevenue(lines()).stdout).toContain("2 rows, 72.0000 in all, in place of 3 rows, 73.0000");
    expect(importRevenue(lines()).stdout).toContain("is the same as before");
    const { rows } = await stage.product.api<AuditPage>("/audit?subject=revenue%20revenue.csv");
    expect(rows.map(({ action }) => action)).toEqual(["revenue-corrected", "revenue-imported"]);
    const table = await stage.product.api<RevenueRows>(`/revenue?${range}`);
    // Half of what globex paid falls into the range.
    expect(table.rows.map(({ customer, nanos_within }) => [customer, nanos_within])).toEqual([
      ["acme", "12000000000"],
      ["globex", "30000000000"],
    ]);
  });

  it("says who is under water, and adds up to the ledger", async () => {
    const margins = await stage.product.api<MarginRows>(`/margins?${range}`);
    expect(margins.rows).toMatchObject([
      { customer: "acme", revenue_from: "table", margin_nanos: "-3000000000", margin_percent: -25, table_covers: 1 },
      { customer: "globex", revenue_from: "table", margin_nanos: "29000000000", table_covers: 0.5 },
      { customer: "initech", cost_nanos: "100000000" },
    ]);
    expect(margins.rows[2]?.revenue_nanos).toBeUndefined();
    expect(margins.under_water).toMatchObject({ customers: 1, customers_percent: 50, revenue_percent: 28.57 });
    const spend = await stage.product.api<{ total: { gross_nanos: string } }>(`/spend?by=&${range}`);
    expect(margins.total_cost_nanos).toBe(spend.total.gross_nanos);
    const ofOutcomes = await stage.product.api<MarginRows>(`/margins?${range}&revenue=outcomes`);
    expect(ofOutcomes.rows[0]).toMatchObject({ customer: "acme", revenue_nanos: "5000000000" });
    const ofFeature = await stage.product.api<MarginRows>(`/margins?${range}&feature=answers`);
    expect(ofFeature).toMatchObject({ table_is_used: false, known: { customers: 1, revenue_nanos: "5000000000" } });
    const { stdout } = tare(
      "unit",
      "--by",
      "customer",
      "--from",
      `${day(-10)}T00:00:00Z`,
      "--to",
      `${day(10)}T00:00:00Z`,
    );
    expect(stdout).toMatch(/acme +12\.0000 +table +15\.0000 +-3\.0000 +-25 %/);
    expect(stdout).toContain("1 of 2 (50 %) are under water, with 28.57 % of revenue: -3.0000");
  });
});

describe("what a feature is worth", () => {
  it("is told with its assumptions, and the cost of a thousand is exact", async () => {
    const returns = await stage.product.api<ReturnRows>(`/returns?${range}`);
    // Six minutes of 20 USD an hour are 2 USD: 25 of them, for 16.10 USD.
    expect(returns.rows).toMatchObject([
      {
        feature: "answers",
        worth: { counterfactual_nanos: "2000000000", benefit_nanos: "50000000000", roi_percent: 210.56 },
        assumptions: [{ name: "counterfactual", source: "payroll 2026", is_default: false }],
      },
    ]);
    expect(returns.rows[0]?.latency).toBeUndefined();
    expect(returns.elasticity).toMatchObject({ value: "1 % of revenue for each 100 ms", is_default: true });
    expect(tare("roi").stdout).toContain("assumption: 2 USD a success, 6 minutes of a person; source: payroll 2026");
    const thousand = tare("unit", "--per", "1000", "--where", "kind=tool", "--json");
    // 16.10 USD over 41 steps, a thousand times, rounded once.
    expect(JSON.parse(thousand.stdout)).toMatchObject({ total: { per_step_nanos: "392682926829" } });
  });

  it("costs more the slower its answers are, by an assumption that says that it is the default", async () => {
    const { secret } = await stage.product.createKey({ name: "web", team: "web", feature: "chat" });
    const answer = await fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${secret}`,
        "content-type": "application/json",
        "x-tare-interaction": "slow-1",
      },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    const outcomes = [{ id: "s", interaction: "slow-1", name: "converted", value: "1000" }];
    await stage.product.api("/outcomes", { method: "POST", body: { tenant: "web", outcomes } });
    await stage.product.waitUntilBooked();
    const [row] = (await stage.product.api<ReturnRows>(`/returns?${range}&feature=chat`)).rows;
    expect(row?.latency).toMatchObject({ answers: 1, revenue_nanos: "1000000000000", revenue_from: "outcomes" });
    // 1,000 USD × 1 % for each 100 ms: 100,000,000 nanos for each millisecond, at most 100 USD.
    const expected = Math.min(100_000_000_000, (row?.latency?.over_ms_mean ?? 0) * 100_000_000);
    expect(Math.abs(Number(row?.latency?.loss_nanos) - expected)).toBeLessThanOrEqual(100_000);
    expect(row?.assumptions.map(({ name, is_default }) => [name, is_default])).toEqual([
      ["latency_elasticity", true],
      ["latency_cap", true],
      ["latency_reference", false],
    ]);
  });
});

describe("the pages", () => {
  it("add up what customers bring and cost, of those that nobody said of too", async () => {
    await open(`/customers?${range}`);
    const table = page.getByRole("table", { name: "All customers" });
    await table.locator("tfoot").waitFor();
    const { known, unknown } = await stage.product.api<MarginRows>(`/margins?${range}`);
    const cost = BigInt(known.cost_nanos) + BigInt(unknown.cost_nanos);
    const amounts = table.locator("tfoot [data-exact]");
    const exact = await amounts.evaluateAll((all) => all.map((one) => one.getAttribute("data-exact") ?? ""));
    expect(exact.map(nanosOf)).toEqual([BigInt(known.revenue_nanos), cost, BigInt(known.margin_nanos)]);
    await says(table.locator("tfoot"), "revenue and margin as far as known");
  });

  it("show who is under water, what a feature is worth, and the targets, each open to its interactions", async () => {
    await open("/customers?range=30d");
    await page.getByText(/1 of 2 \(50.0 %\) cost more than they bring/).waitFor();
    await page.getByRole("region", { name: "Margins by tenth" }).waitFor();
    await page.getByRole("link", { name: "acme" }).click();
    await page.getByRole("heading", { level: 1, name: "acme" }).waitFor();
    await page.getByRole("link", { name: "All interactions" }).first().click();
    await page.getByText("acme-29").waitFor();
    await open("/features/answers");
    await page.getByText("These figures rest on assumptions").waitFor();
    await page.getByText(/2 USD a success, 6 minutes of a person · source: payroll 2026/).waitFor();
    await page.getByRole("link", { name: "a resolved ticket" }).waitFor();
    await open("/slos");
    await page.getByText("there were none in the window").waitFor();
    expect(dashboard.troubles).toEqual([]);
  });

  it("stand on a narrow screen without moving sideways, dark and light", { timeout: 60_000 }, async () => {
    await page.setViewportSize(PHONE);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const path of ["/customers?range=30d", "/features/answers?range=30d", "/slos"]) {
        await open(path);
        await page.getByRole("heading", { level: 2 }).first().waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, path).toBeLessThanOrEqual(0);
        const folder = process.env["TARE_SCREENSHOTS"];
        if (folder !== undefined)
          await page.screenshot({
            path: join(folder, `${path.replaceAll(/[/?=]/g, "-")}-${colorScheme}.png`),
            fullPage: true,
          });
      }
    }
  });

  it("say when the first and the last hour were without one running into the other", async () => {
    const began = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
    const steps = [0, 1].map((hour) => ({
      ...ticket("", "0.10")(undefined, hour),
      feature: "hourly",
      customer: "initech",
      started_at: new Date(began + hour * HOUR_MS).toISOString(),
    }));
    await post(stage.product, "/steps", { steps });
    await stage.product.waitUntilBooked();
    const [from, to] = [began, began + 2 * HOUR_MS].map((at) => new Date(at).toISOString());
    await open(`/features/hourly?from=${from}&to=${to}`);
    const strip = page.getByRole("img", { name: /^One interaction: at last/ }).locator("xpath=following-sibling::*");
    const [first, last] = [strip.locator("span").first(), strip.locator("span").last()];
    await last.waitFor();
    const [one, other] = [await first.boundingBox(), await last.boundingBox()];
    expect(other?.x).toBeGreaterThan((one?.x ?? Infinity) + (one?.width ?? 0) + 4);
  });
});
