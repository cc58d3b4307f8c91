/** An agent's run of a thousand steps in a real browser: readable, quick, and right to the last digit. */
import { type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InteractionDetail } from "#contract";
import { type Dashboard, LAPTOP, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { post } from "./harness/post.ts";
import { until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";

const STEPS = 1000;
const RATES = `step_rates:
  - { kind: tool, name: "crawl*", per: second, rate: 0.00012 USD, source: contract 17, valid_from: 2026-01-01 }
  - { kind: review, per: person_minute, rate: 0.60 USD, source: payroll }
`;

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

beforeAll(async () => {
  stage = await setStage({ latency: "none", config: RATES });
  const began = Date.now() - STEPS * 20;
  const steps = Array.from({ length: STEPS }, (_, index) => ({
    id: `s${index}`,
    interaction: "long-run",
    // Each round of ten is one step with nine below it.
    ...(index % 10 === 0 ? {} : { parent: `s${index - (index % 10)}` }),
    kind: index % 10 === 0 ? "custom" : "tool",
    name: index % 10 === 0 ? `round ${index / 10}` : `look up ${index}`,
    started_at: new Date(began + index * 20).toISOString(),
    duration_ms: index % 10 === 0 ? 200 : 15,
    cost: index % 10 === 0 ? "0" : "0.001",
    feature: "research",
    customer: "acme",
  }));
  await post(stage.product, "/steps", { steps });
  await post(stage.product, "/steps", { steps: shortRuns(began) });
  const outcomes = [{ id: "o", interaction: "long-run", name: "resolved", value: "0.25" }];
  await post(stage.product, "/outcomes", { outcomes });
  await stage.product.waitUntilBooked();
  dashboard = await openDashboard(stage.product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

const SHORT_RUNS = 130;

/** Each of one step and another cost; the thirtieth waited two minutes for a person, who is of another feature. */
function shortRuns(began: number) {
  const step = (index: number, kind: string, durationMs: number) => ({
    id: kind,
    interaction: `short-run-${index}`,
    kind,
    name: kind === "review" ? "approve" : "search",
    started_at: new Date(began + index).toISOString(),
    duration_ms: durationMs,
    cost: kind === "review" ? "1.2" : `0.${1000 + index}`,
    feature: kind === "review" ? "reviews" : "search",
    customer: "globex",
  });
  const searches = Array.from({ length: SHORT_RUNS }, (_, index) => step(index, "tool", 40));
  return [...searches, step(30, "review", 120_000)];
}

describe("an interaction of a thousand steps", () => {
  it("is answered at once and adds up", async () => {
    const begun = performance.now();
    const detail = await stage.product.api<InteractionDetail>("/interactions/long-run");
    console.log(`answered in ${Math.round(performance.now() - begun)} ms`);
    expect(detail.steps).toHaveLength(STEPS);
    expect(detail.gross_nanos).toBe("900000000");
    expect(detail.steps.filter(({ depth }) => depth === 0)).toHaveLength(100);
    expect(detail.steps[0]).toMatchObject({ name: "round 0", nanos: "0", total_nanos: "9000000" });
  });

  it("shows its first steps, all when asked, and what each cost is made of", async () => {
    await open("/interactions/long-run");
    await page.getByText("1,000 steps; time to the left").waitFor();
    const lookUps = page.getByRole("button", { name: /^look up/ });
    await until(async () => (await lookUps.count()) === 54, "the first steps are shown");
    const all = page.getByRole("button", { name: "Show all 1,000 steps" });
    await all.scrollIntoViewIfNeeded();
    await until(async () => (await lookUps.count()) === 234, "more come where their end is near");
    await all.click();
    await until(async () => (await lookUps.count()) === 900, "all steps are shown");
    await page.getByRole("button", { name: "look up 7", exact: true }).click();
    await page.getByText("stated/look up 7").waitFor();
    expect(dashboard.troubles).toEqual([]);
  });

  it("is printed with all of its steps", async () => {
    await open("/interactions/long-run");
    const lookUps = page.getByRole("button", { name: /^look up/ });
    await until(async () => (await lookUps.count()) === 54, "the first steps are shown");
    await page.pdf();
    expect(await lookUps.count()).toBe(900);
  });

  it("shows each step's cost and time on a phone without moving sideways", async () => {
    await page.setViewportSize(PHONE);
    await open("/interactions/long-run");
    const step = page.getByRole("button", { name: "look up 1", exact: true });
    const row = page.getByRole("row").filter({ has: step });
    for (const said of ["look up 1", "15 ms", "$0.00100"]) {
      const box = await row.getByText(said, { exact: true }).boundingBox();
      expect(box?.x, said).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 390), said).toBeLessThanOrEqual(390);
    }
    await page.setViewportSize(LAPTOP);
  });

  it("has labels of time that do not touch each other, also where it took long", async () => {
    const waited = { interaction: "slow-run", kind: "tool", name: "wait", duration_ms: 1_002_000, cost: "0.1" };
    await post(stage.product, "/steps", { steps: [{ ...waited, id: "w" }] });
    await stage.product.waitUntilBooked();
    for (const size of [LAPTOP, PHONE]) {
      await page.setViewportSize(size);
      await open("/interactions/slow-run");
      const labels = page.getByRole("columnheader", { name: "Time" }).locator("i:visible");
      await labels.filter({ hasText: "16 min 42 s" }).waitFor();
      const boxes = await Promise.all((await labels.all()).map((label) => label.boundingBox()));
      for (const [index, box] of boxes.slice(1).entries())
        expect(box?.x).toBeGreaterThan((boxes[index]?.x ?? Infinity) + (boxes[index]?.width ?? 0));
    }
    await page.setViewportSize(LAPTOP);
  });

  it("is found among the dearest of its feature, with what one success costs, and in its customer's margin", async () => {
    await open("/features/research");
    for (const name of ["Dearest interactions", "Slowest interactions"])
      await page.getByRole("table", { name }).getByRole("link", { name: "long-run" }).waitFor();
    await page.getByRole("region", { name: "What one costs", exact: true }).getByText("One success").waitFor();
    await open("/customers");
    await page.getByRole("link", { name: "acme" }).waitFor();
    await page.getByText("1 of 1 (100.0 %) cost more than they bring").waitFor();
    await open("/interactions");
    await page.getByLabel("Outcome").selectOption("success");
    await page.getByText("long-run").first().waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

function rows() {
  return page.getByRole("table", { name: "Interactions" }).getByRole("row");
}

/** Beside the head. */
async function shown(count: number) {
  await until(async () => (await rows().count()) === count + 1, `${count} are shown`);
}

describe("the page of a feature, customer or user", () => {
  it("says which steps drive the cost of a feature, and its slowest interactions beside the dearest", async () => {
    await open("/features/search?range=24h");
    const drivers = page.getByRole("table", { name: "Steps that drive the cost" });
    const searches = drivers.getByRole("row").filter({ hasText: "tool" });
    // 130 searches of 0.1000 to 0.1129.
    for (const said of ["search", "100.0 %", "$13.84", "130", "$0.106"])
      await searches.getByText(said, { exact: true }).first().waitFor();
    const slowest = page.getByRole("table", { name: "Slowest interactions" });
    await slowest.getByRole("row").nth(1).getByText("short-run-30").waitFor();
    await page.getByText(/What one costs by/).waitFor();
    await page.getByRole("group", { name: "Show what one costs as" }).getByRole("button", { name: "Table" }).click();
    await page.getByRole("table", { name: "What one costs" }).waitFor();
  });

  it("says what a customer brings, and is where their name leads", async () => {
    await open("/interactions?customer=acme&range=24h");
    await page.getByRole("table", { name: "Interactions" }).getByRole("link", { name: "acme" }).click();
    await page.getByRole("heading", { level: 1, name: "acme" }).waitFor();
    await page.getByText("Revenue is the value of outcomes").waitFor();
    const margin = page.getByRole("region", { name: "What it brings" });
    for (const said of ["$0.250", "$0.900", "−$0.650"]) await margin.getByText(said, { exact: true }).waitFor();
    await open("/users/nobody?range=24h");
    await page.getByText("Nothing in this range is of a user called “nobody”", { exact: false }).waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

function sharedStep(tenant: string) {
  return {
    // The same in both.
    id: "shared-step",
    interaction: "shared",
    kind: "tool",
    name: `look up for ${tenant}`,
    cost: "0.11",
    feature: `answers of ${tenant}`,
    customer: `customer of ${tenant}`,
    tags: { plan: tenant },
  };
}

describe("an interaction's id that two tenants have", () => {
  it("opens to a choice of whose it is, and then to that one's alone", async () => {
    for (const tenant of ["care", "sales"])
      await post(stage.product, "/steps", { tenant, steps: [sharedStep(tenant)] });
    await stage.product.waitUntilBooked();
    await open("/interactions/shared");
    await page.getByRole("heading", { name: "Whose interaction?" }).waitFor();
    await page.locator("main").getByRole("link", { name: "sales", exact: true }).click();
    await page.getByText("look up for sales").first().waitFor();
    expect(await page.getByText("look up for care").count()).toBe(0);
    await page.reload();
    await page.getByText("look up for sales").first().waitFor();
    expect(dashboard.troubles).toEqual([]);
  });

  it("says nothing of the other tenant's: neither whose it was, nor what its steps are made of", async () => {
    await open("/interactions/shared?tenant=sales");
    const main = page.locator("main");
    await main.getByRole("link", { name: "customer of sales" }).waitFor();
    await main.getByRole("button", { name: "look up for sales" }).click();
    await main.getByText("stated/look up for sales").waitFor();
    await until(async () => (await page.evaluate(() => document.body.innerText)).includes("plan = sales"), "its tags");
    expect(await main.innerText()).not.toContain("care");
  });

  it("opens from the list to the one that is listed", async () => {
    await open("/interactions?range=24h&customer=customer+of+care");
    await rows().nth(1).getByRole("link").first().click();
    await page.getByText("look up for care").first().waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Interactions" }).waitFor();
    await open("/features/answers%20of%20sales?range=24h");
    await page.getByRole("table", { name: "Dearest interactions" }).getByRole("link", { name: "shared" }).click();
    await page.getByText("look up for sales").first().waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

async function choose(typed: string, option: string) {
  await open("/features");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find" }).fill(typed);
  await page.getByRole("option", { name: option }).click();
}

describe("what Ctrl K finds", () => {
  it("is also a customer, a key, a budget, and an interaction by how its id begins, each tenant's apart", async () => {
    const { key } = await stage.product.createKey({ name: "nightly", team: "load" });
    const budget = { scope: { team: "load" }, per: "month", limit: "9 USD" };
    await stage.product.api("/budgets", { method: "PUT", body: budget });
    await choose("globe", "globex customer");
    await page.getByRole("heading", { level: 1, name: "globex" }).waitFor();
    await choose("nightl", `nightly · ${key.id}`);
    await page.getByRole("heading", { level: 1, name: "Calls" }).waitFor();
    expect(new URL(page.url()).searchParams.get("key")).toBe(key.id);
    await choose("load/mo", "team=load/month budget");
    await page.getByRole("heading", { level: 1, name: "team=load/month" }).waitFor();
    await choose("share", "shared interaction of sales");
    await page.getByText("look up for sales").first().waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("an interaction of which nothing has a price", () => {
  it("is not said to have cost nothing, in the list, on a phone, or on its page", async () => {
    const step = { id: "u", interaction: "unpriced-run", kind: "tool", name: "crawl", usage: { gpu_seconds: 3 } };
    await post(stage.product, "/steps", { steps: [{ ...step, customer: "initech" }] });
    await stage.product.waitUntilBooked();
    for (const size of [LAPTOP, PHONE]) {
      await page.setViewportSize(size);
      await open("/interactions?range=24h&customer=initech");
      const row = rows().nth(1);
      await row.getByText("no price").waitFor();
      await row.getByText("1 unpriced").waitFor();
      expect(await row.getByText("0 ms").count()).toBe(0);
    }
    await page.setViewportSize(LAPTOP);
    await open("/interactions/unpriced-run");
    await page.getByRole("row").filter({ hasText: "Gross" }).getByText("no price").waitFor();
    await page.getByText("No calls through the gateway").waitFor();
    // It was told of without a length of time.
    expect(await page.locator("main").getByText("0 ms", { exact: true }).count(), "but the axis").toBe(1);
    expect(await page.locator("main").getByText("$0.00").count()).toBe(0);
  });
});

describe("the search of interactions", () => {
  it("is by what outcomes are worth, by what is not certain, and by whose they are", async () => {
    const table = page.getByRole("table", { name: "Interactions" });
    await open("/interactions?range=24h");
    await page.getByRole("textbox", { name: "Worth at least" }).fill("0.2");
    await page.keyboard.press("Enter");
    await until(async () => (await rows().count()) === 2, "the one of worth");
    await says(table, /long-run[\s\S]*\$0\.250/);
    await open("/interactions?range=24h");
    await page.getByRole("combobox", { name: "Certainty" }).selectOption("Without a price in part");
    await says(table, "unpriced-run");
    expect(await table.innerText()).not.toContain("long-run");
    await open("/interactions?range=24h&max_cost=0");
    await page.getByText("None in this range that cost, took and ended so.").waitFor();
    await open("/interactions?range=24h");
    await page.getByRole("textbox", { name: "Tenant" }).fill("nobody");
    await page.keyboard.press("Enter");
    await page.getByText("None in this range that cost, took and ended so.").waitFor();
    expect(new URL(page.url()).searchParams.get("tenant")).toBe("nobody");
    await open("/interactions?range=24h&code=402");
    await page.getByText("None in this range that cost, took and ended so.").waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("the list of interactions", () => {
  it("is asked for by cost, time, outcome and ending, and the address shows others the same", async () => {
    await open("/interactions?feature=search");
    await page.getByLabel("Order").selectOption("dearest");
    await page.getByLabel("Costs at least").fill("$1.20");
    await page.getByLabel("Costs at least").press("Enter");
    await shown(1);
    // Whole: what it cost and waited for is of another feature.
    await rows().nth(1).getByText("$1.30").waitFor();
    await rows().nth(1).getByText("2 min").waitFor();
    await page.getByLabel("Took at most").fill("1 min");
    await page.getByLabel("Took at most").press("Enter");
    await page.getByText("None in this range that cost, took and ended so.").waitFor();
    await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await page.getByText("None in this range that cost, took and ended so.").waitFor();
    expect(await page.getByLabel("Costs at least").inputValue()).toBe("$1.20");
    await page.getByRole("button", { name: "Ask for all" }).click();
    await shown(100);
    expect(await page.getByLabel("Order").inputValue()).toBe("dearest");
  });

  it("is turned page by page, each with an address of its own", async () => {
    await open("/interactions?feature=search&range=24h");
    await shown(100);
    await page.getByRole("button", { name: "Older" }).click();
    await shown(SHORT_RUNS - 100);
    await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await shown(SHORT_RUNS - 100);
    await page.getByRole("button", { name: "Latest" }).click();
    await shown(100);
    expect(page.url()).toContain("range=24h");
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("a group of steps", () => {
  it("is shown as one, with the sum of what it holds, and is none of the steps that are counted", async () => {
    const of = { interaction: "grouped", feature: "grouping", started_at: new Date(Date.now() - 5000).toISOString() };
    const steps = [
      { ...of, id: "g", kind: "group", name: "round", duration_ms: 900 },
      { ...of, id: "s1", parent: "g", kind: "tool", name: "look", cost: "0.25", duration_ms: 300 },
      { ...of, id: "s2", parent: "g", kind: "tool", name: "look", cost: "0.50", duration_ms: 300 },
    ];
    await post(stage.product, "/steps", { steps });
    await stage.product.waitUntilBooked();
    await open("/interactions/grouped");
    await page.getByText("2 steps in 1 group; time to the left").waitFor();
    const round = page.getByRole("row").filter({ has: page.getByRole("button", { name: "round", exact: true }) });
    await round.getByText("group", { exact: true }).waitFor();
    await round.getByText("All below it").waitFor();
    await round.getByText("$0.750", { exact: true }).waitFor();
    await open("/features/grouping");
    const drivers = page.getByRole("table", { name: "Steps that drive the cost" });
    await drivers.getByText("look", { exact: true }).waitFor();
    expect(await drivers.getByText("round").count()).toBe(0);
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("the page of prices", () => {
  it("has the rates of steps with their units, days and sources, and the steps that nothing prices lead to where they are", async () => {
    const named = [
      ["priced", "crawl pages"],
      ["open-1", "render"],
      ["open-2", "render"],
    ];
    const steps = named.map(([id, name]) => ({ id, interaction: "rated", kind: "tool", name, duration_ms: 2e7 }));
    await post(stage.product, "/steps", { steps });
    await stage.product.waitUntilBooked();
    await open("/prices");
    await page.getByRole("button", { name: "Steps", exact: true }).click();
    const rates = page.getByRole("table", { name: "Rates of steps" });
    const crawl = rates.getByRole("row").filter({ hasText: "crawl*" });
    for (const said of ["$0.00012", "second", "contract 17"]) await crawl.getByText(said, { exact: true }).waitFor();
    await rates.getByRole("row").filter({ hasText: "minute of a person" }).getByText("$0.60").waitFor();
    const done = page.getByRole("table", { name: "Steps by name" });
    const first = done.getByRole("row").nth(1);
    for (const said of ["render", "tool", "no price"]) await first.getByText(said, { exact: true }).waitFor();
    expect(await first.getByText("2", { exact: true }).count()).toBe(2);
    await done.getByRole("row").filter({ hasText: "crawl pages" }).getByText("$2.40").waitFor();
    await first.getByRole("link", { name: "render" }).click();
    await page.getByRole("table", { name: "Interactions" }).getByText("rated", { exact: true }).waitFor();
    await open("/prices?search=review");
    await page.getByRole("table", { name: "Rates of steps" }).getByText("payroll").waitFor();
    expect(await page.getByText("crawl*").count()).toBe(0);
    expect(dashboard.troubles).toEqual([]);
  });
});
