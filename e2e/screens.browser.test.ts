/** What pages look like where there is little room: a small laptop, a phone, and paper. */
import { type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BillRows } from "#contract";
import { type Dashboard, LAPTOP, openDashboard, PHONE } from "./harness/dashboard.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { says } from "./harness/page-says.ts";
import { post } from "./harness/post.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const CONFIG = `  away: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
routes:
  away: { targets: [away/gpt-4o-mini] }
budgets:
  - { scope: { team: "a team with a name" }, limit: 100 requests, per: minute }
  - { scope: { team: load }, limit: 12.50 USD, per: month, at: { 80%: alert } }
slos:
  - { name: load is answered, feature: feature-1, good: answered, target: 99.5%, over: 30d }
bills:
  recurring:
    - { name: reviewers, provider: Acme Staffing, layer: human review, amount: 12000 USD, from: 2026-01, team: support }
commitments:
  - { name: paid ahead, kind: prepaid, provider: openai, amount: 200 USD, from: 2026-01-01, to: 2099-12-31 }
`;
const SMALL_LAPTOP = { width: 1024, height: 768 };

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

beforeAll(async () => {
  stage = await setStage({ latency: "none", config: CONFIG });
  const { product } = stage;
  const { secret } = await product.createKey({ name: "a key with a name", team: "load" });
  await runMixedCalls({ baseUrl: product.dataPlane, secret, calls: 60, atOnce: 8, seed: 3 }).finished;
  const failed = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "away", messages: [{ role: "user", content: "Hi" }] }),
  });
  expect(failed.status).toBe(502);
  const steps = [{ id: "s", interaction: "run", kind: "tool", name: "look up", cost: "0.25", feature: "feature-1" }];
  await post(product, "/steps", { steps });
  await product.waitUntilBooked();
  dashboard = await openDashboard(product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

/** How far what scrolls is out of sight. */
function outOfSight(region: Locator): Promise<number> {
  return region.evaluate((one) => one.scrollWidth - one.clientWidth);
}

/** Each with its tables, and the heads of money in them, which are never left out. */
const tables = [
  ["/", "By feature", ["Gross", "Net", "Tare"]],
  ["/", "By layer", ["Gross", "Net", "Tare"]],
  ["/prices", "Price rows", ["Per million"]],
  ["/calls", "Calls, latest first", ["Cost"]],
  ["/bills", "Commitments", ["Amount", "Drawn", "A day"]],
  ["/budgets", "Budgets, tightest first", ["Spent", "Held", "In doubt", "Left", "Forecast"]],
  ["/slos", "SLOs, burning first", []],
  ["/providers", "How they stand now", []],
  ["/providers", "Spend and attempts", ["Gross", "Net", "Tare", "Avoided"]],
  ["/providers", "Latency", []],
  ["/keys", "Keys", []],
  ["/interactions", "Interactions", ["Gross", "Worth"]],
] as const;

describe("a small laptop", () => {
  beforeAll(() => page.setViewportSize(SMALL_LAPTOP));
  afterAll(() => page.setViewportSize(LAPTOP));

  it.each(tables)("shows of %s the table of %s as wide as it is, with its money", async (path, name, money) => {
    await open(path);
    const region = page.getByRole("region", { name: `${name}, table` });
    await region.getByRole("row").nth(1).waitFor();
    expect(await outOfSight(region)).toBe(0);
    for (const head of money)
      expect(await region.getByRole("columnheader", { name: head }).isVisible(), head).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
});

describe("a phone", () => {
  beforeAll(() => page.setViewportSize(PHONE));
  afterAll(() => page.setViewportSize(LAPTOP));

  it("breaks a code after its marks, and never in a word", async () => {
    await open("/providers");
    const code = page.getByRole("table", { name: "What went wrong" }).locator("code").first();
    await code.waitFor();
    const marks = await code.evaluate((one) => [one.textContent, one.querySelectorAll("wbr").length] as const);
    expect(marks).toEqual(["upstream_refused", 1]);
  });

  it("names the model that was asked where nobody answered, in lists that stand in one line", async () => {
    await open("/calls?state=failed");
    await page.getByRole("table").getByRole("link", { name: /\d/ }).first().click();
    const attempt = page.getByRole("article", { name: "Attempt 1" });
    await says(attempt, /Model asked\s+gpt-4o-mini/);
    expect(await attempt.getByText("Model served").count()).toBe(0);
    for (const part of [page.getByRole("main"), attempt]) {
      const left = await part
        .locator("dl > dd:nth-child(2)")
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
      expect(left.length).toBeGreaterThan(1);
      expect(new Set(left).size, left.join()).toBe(1);
    }
    await open("/calls?state=answered");
    await page.getByRole("table").getByRole("link", { name: /\d/ }).first().click();
    await says(page.getByRole("article", { name: "Attempt 1" }), "Model served");
  });

  it("has the fields by which interactions are found in lines", async () => {
    await open("/interactions");
    const bottoms = [];
    for (const name of ["Certainty", "Costs at least", "Costs at most"]) {
      const box = await page.getByLabel(name, { exact: true }).boundingBox();
      bottoms.push((box?.y ?? 0) + (box?.height ?? 0));
    }
    expect(new Set(bottoms).size, bottoms.join()).toBe(1);
  });

  it("breaks no day of a bill at its hyphens", async () => {
    await page.route(/\/bills\/rows\?/, async (route) => {
      const response = await route.fetch();
      const { rows, ...others }: BillRows = await response.json();
      const long = rows.map((one) => ({ ...one, row: { ...one.row, ChargePeriodEnd: "2999-12-31T00:00:00Z" } }));
      await route.fulfill({ response, json: { ...others, rows: long } });
    });
    await open("/bills/reviewers");
    const table = page.getByRole("table", { name: "Entries of this bill" });
    const days = table.getByText("2999-12-31", { exact: true });
    await days.first().waitFor();
    const lines = await days.evaluateAll((all) => all.map((one) => one.getClientRects().length));
    expect(new Set(lines)).toEqual(new Set([1]));
    await page.unroute(/\/bills\/rows\?/);
  });

  it("shows every choice of how calls ended", async () => {
    await open("/calls");
    for (const name of ["All", "Refused", "In doubt"]) {
      const box = await page.getByRole("button", { name, exact: true }).boundingBox();
      expect((box?.x ?? 999) + (box?.width ?? 0), name).toBeLessThanOrEqual(PHONE.width);
    }
  });

  it("has the picture of the money in full, with what each part is", async () => {
    await open("/money");
    const picture = page.getByRole("img", { name: /^Ribbons from who was paid/ });
    await picture.waitFor();
    const inside = await picture.evaluate((one) => {
      const frame = one.getBoundingClientRect();
      return [...one.querySelectorAll("text")].map((text) => {
        const { left, right } = text.getBoundingClientRect();
        return left >= frame.left && right <= Math.min(frame.right, window.innerWidth);
      });
    });
    expect(inside.length).toBeGreaterThan(8);
    expect(inside.every(Boolean)).toBe(true);
    expect(dashboard.troubles).toEqual([]);
  });
});
