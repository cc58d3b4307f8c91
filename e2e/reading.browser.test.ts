/** What somebody reads who opens a page with no question yet, or sends it to others: in a real browser, on small screens too. */
import { type Page, type Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beyond, type Dashboard, LAPTOP, openDashboard, PHONE } from "./harness/dashboard.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { says } from "./harness/page-says.ts";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const CONFIG = `
budgets:
  - { scope: { team: tiny }, limit: 0.0001 USD, per: day }
`;

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

beforeAll(async () => {
  stage = await setStage({ latency: "none", config: CONFIG });
  dashboard = await openDashboard(stage.product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

describe("a new installation", () => {
  it("says on every page that has nothing where the first call comes from", async () => {
    for (const path of ["/features", "/calls", "/providers", "/customers"]) {
      await open(path);
      await page.getByText("Nothing is booked yet").first().waitFor();
    }
    await page.getByRole("main").getByRole("link", { name: "overview" }).first().click();
    await page.getByText("Point an SDK at this address").waitFor();
  });

  it("has prices to look through, though no model is in use", async () => {
    await open("/prices");
    await page.getByText("No model with a price was called").waitFor();
    await page.getByRole("button", { name: "Whole book" }).click();
    await page.getByRole("table", { name: "Price rows" }).waitFor();
  });
});

describe("after some calls", () => {
  beforeAll(async () => {
    const { product } = stage;
    const { secret } = await product.createKey({ name: "load", team: "load" });
    await runMixedCalls({ baseUrl: product.dataPlane, secret, calls: 60, atOnce: 8, seed: 3 }).finished;
    const tiny = await product.createKey({ name: "tiny key", team: "tiny" });
    const refused = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${tiny.secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", max_tokens: 9999, messages: [{ role: "user", content: "Hi" }] }),
    });
    expect(refused.status).toBe(402);
    await product.waitUntilBooked();
  });

  it("prices are first those of the models that were called, what is paid without a tier first", async () => {
    await open("/prices");
    const table = page.getByRole("table", { name: "Price rows" });
    await table.getByText("gpt-4o-mini").first().waitFor();
    expect(await table.getByText("claude-2").count()).toBe(0);
    await says(table.locator("tbody tr").first(), "standard");
    await page.getByRole("button", { name: "Whole book" }).click();
    await table.getByText("claude-2").first().waitFor();
    expect(page.url()).toContain("view=all");
    await page.getByRole("button", { name: "Models in use" }).click();
    await page.getByText("called in the last 30 days").waitFor();
  });

  it("no two prices read the same on a phone", async () => {
    await page.setViewportSize(PHONE);
    await open("/prices?view=all");
    const rows = page.getByRole("table", { name: "Price rows" }).locator("tbody tr");
    await rows.first().waitFor();
    const texts = await rows.evaluateAll((all) => all.map((row) => (row as HTMLElement).innerText));
    expect(texts.length).toBeGreaterThan(50);
    expect(new Set(texts).size).toBe(texts.length);
    await page.setViewportSize(LAPTOP);
  });

  it("a refused call leads to its key's calls and to the budget that refused it, and back, and an alert to the budget it is about", async () => {
    await open("/calls?state=refused");
    await page.locator("main tbody tr").first().getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: /^call_/ }).waitFor();
    await page.getByText("Refused by budget").waitFor();
    expect(await page.locator("main").innerText()).toMatch(/would take \$\d.*, \$0\.0001.* left of \$0\.0001/);
    await page.locator("main").getByRole("link", { name: "team=tiny/day" }).click();
    await page.getByRole("heading", { level: 1, name: "team=tiny/day" }).waitFor();
    const refused = page.getByRole("table", { name: "Latest refusals" }).locator("tbody tr");
    await until(async () => (await refused.count()) === 1, "the budget lists the one that it refused");
    await refused.getByRole("link").first().click();
    await page.getByRole("link", { name: "tiny key" }).click();
    await page.getByRole("button", { name: "Filter by key" }).waitFor();
    await until(async () => (await page.locator("main tbody tr").count()) === 1, "only its call is listed");
    await open("/budgets");
    const alerts = page.getByRole("table", { name: "Alerts, latest first" });
    await alerts.getByRole("row").filter({ hasText: "team=tiny/day" }).first().getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "team=tiny/day" }).waitFor();
  });

  it("a link shows to others what its sender saw: the order of each table, and the table in place of the chart", async () => {
    await open("/features");
    const calls = page.getByRole("columnheader", { name: "Calls" });
    await calls.getByRole("button").click();
    await until(() => page.url().includes("sorted=all-features.calls.desc"), "the URL says it");
    await page.reload();
    await calls.waitFor();
    expect(await calls.getAttribute("aria-sort")).toBe("descending");
    await calls.getByRole("button").click();
    await until(() => page.url().includes("sorted=all-features.calls.asc"), "and the other way round");
    await calls.getByRole("button").click();
    await until(() => !page.url().includes("sorted"), "and not at all");
    await open("/");
    await page.getByRole("button", { name: "Table" }).click();
    await page.getByRole("table", { name: "Spend over time" }).waitFor();
    expect(page.url()).toContain("view=table");
    await page.reload();
    await page.getByRole("table", { name: "Spend over time" }).waitFor();
  });

  it("filters that let nothing through are cleared in one place, and what the page shows stays", async () => {
    await open("/providers?by=model&team=no-such&feature=none");
    await page.getByText("The filters let nothing through").first().waitFor();
    const clear = page.getByRole("button", { name: "Clear filters" });
    expect(await clear.count()).toBe(1);
    await clear.click();
    await until(() => page.url().endsWith("/providers?by=model"), "only the filters are gone");
    await page.getByRole("table", { name: "Spend and attempts" }).getByText("gpt-4o-mini").waitFor();
  });
});

describe("a phone of 360 px", () => {
  it("shows the figures of a table beside its words", async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await open("/money");
    expect(await beyond(page.getByRole("columnheader", { name: "Amount" }), 360)).toBe(0);
    await open("/providers");
    const table = page.getByRole("table", { name: "Spend and attempts" });
    expect(await beyond(table.getByRole("columnheader", { name: "Attempts" }), 360)).toBe(0);
    await page.setViewportSize(LAPTOP);
  });
});

describe("a table", () => {
  it("is reached and sorted with the keyboard, and its ring is not cut off", async () => {
    await open("/features");
    const region = page.getByRole("region", { name: "All features, table" });
    await region.focus();
    await page.keyboard.press("Tab");
    const head = region.getByRole("columnheader").first();
    const button = head.getByRole("button");
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true);
    const room = await button.evaluate((one) => {
      const [inner, outer] = [one.getBoundingClientRect(), one.closest("[role=region]")?.getBoundingClientRect()];
      return inner.left - (outer?.left ?? inner.left);
    });
    // The ring is two pixels wide, and two away.
    expect(room).toBeGreaterThanOrEqual(4);
    await page.keyboard.press("Enter");
    await until(async () => (await head.getAttribute("aria-sort")) === "ascending", "names are sorted");
  });

  it.each(["/keys", "/access", "/budgets"])(
    "of %s has a name for each column, and a landmark of its own",
    async (path) => {
      await open(path);
      await page.getByRole("table").first().waitFor();
      for (const text of await page.locator("th").allTextContents()) expect(text.trim()).not.toBe("");
      const regions = await page.getByRole("region").all();
      const names = await Promise.all(
        regions.map((one) =>
          one.evaluate((of) => of.getAttribute("aria-label") ?? of.querySelector("h2")?.textContent ?? ""),
        ),
      );
      expect(new Set(names).size).toBe(names.length);
    },
  );
});

describe("a server that hangs", () => {
  it("is said to be slow, by a page that waits and by one that is opened, and asked again", async () => {
    const held: Route[] = [];
    const silence = (route: Route) => void held.push(route);
    await page.route("**/api/v1/spend?**", silence);
    // A range that moves asks anew by itself.
    const range = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date().toISOString()}`;
    await open(`/features?${range}`);
    await page.getByText("has not answered for ten seconds").waitFor();
    await page.unroute("**/api/v1/spend?**");
    await askAgain();
    await page.route("**/api/v1/status", silence);
    await page.goto(`${stage.product.control}/features`);
    await page.getByText("has not answered for ten seconds").waitFor();
    await page.unroute("**/api/v1/status");
    await askAgain();
    expect(held.length).toBeGreaterThan(1);
  });
});

describe("somebody who is done", () => {
  it("signs out from the menu of any page, on a phone too", async () => {
    await page.setViewportSize(PHONE);
    await open("/prices");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
  });
});

it("nothing was thrown on the way", () => {
  expect(dashboard.troubles).toEqual([]);
});

/** A part of the page that is mounted anew asks by itself, and the button is gone then. */
async function askAgain(): Promise<void> {
  const button = page.getByRole("button", { name: "Try again" });
  const table = page.getByRole("table", { name: "All features" });
  await button.or(table).first().waitFor();
  if (await button.isVisible()) await button.dispatchEvent("click");
  await table.waitFor();
}
