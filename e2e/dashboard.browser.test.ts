/** Journeys of people through the dashboard, in a real browser, with money checked to the last digit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BudgetDetail, type BudgetPage, type SpendAnswer, type Status } from "#contract";
import { headingOf, launchBrowser, LAPTOP, nanosOf } from "./harness/dashboard.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { says } from "./harness/page-says.ts";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

let stage: Stage;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const troubles: string[] = [];
const outside: string[] = [];

beforeAll(async () => {
  stage = await setStage({ faults: { "rate-limit": 0.02, cut: 0.03 } });
  browser = await launchBrowser([
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ]);
  context = await browser.newContext({ viewport: LAPTOP });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(stage.product.control) && !request.url().startsWith("data:")) {
      outside.push(request.url());
    }
  });
});
afterAll(async () => {
  await browser.close();
  await stage.strike();
});

const open = async (path: string) => {
  await page.goto(`${stage.product.control}${path}`);
  await headingOf(page).waitFor();
};

/** The exact digits behind each amount in a part of the page. */
const exactIn = (selector: string) =>
  page
    .locator(`${selector} [data-exact]`)
    .evaluateAll((amounts) => amounts.map((one) => one.getAttribute("data-exact")));

describe("a new installation", () => {
  it("is opened by the one-time link, which leaves no trace in the address, and says how to begin", async () => {
    const refused: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() === 401) refused.push(answer.url());
    });
    await page.goto(stage.product.link);
    await page.getByText("Point an SDK at this address", { exact: false }).waitFor();
    expect(refused).toEqual([]);
    expect(page.url()).not.toContain("token");
    expect(await page.content()).toContain(stage.product.dataPlane);
  });

  it("does not open with the same link a second time", async () => {
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(stage.product.link);
    await other.getByRole("textbox").first().waitFor();
    await stranger.close();
  });
});

async function shownSecret(): Promise<string> {
  let found: string | undefined;
  await until(async () => {
    found = /tare_sk_[A-Za-z0-9]+/.exec(await page.getByRole("dialog").innerHTML())?.[0];
    return found !== undefined;
  }, "the secret is shown");
  return found ?? "";
}

function chat(key: string): Promise<Response> {
  return fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
  });
}

describe("keys", () => {
  it("are made on the page, shown once, work, and end when they are revoked", async () => {
    await open("/keys");
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: false }).first().fill("from the page");
    await dialog.getByRole("button", { name: /create|make/i }).click();
    const secret = await shownSecret();
    expect((await chat(secret)).status).toBe(200);
    await page.keyboard.press("Escape");
    await open("/keys");
    expect(await page.content()).not.toContain(secret);
    await page.getByRole("button", { name: "Revoke from the page" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /revoke/i })
      .click();
    await until(async () => (await chat(secret)).status === 401, "the key is revoked", 3000);
  });
});

describe("budgets", () => {
  it("are made on the page, and a limit that means nothing is said to be one", async () => {
    await open("/budgets");
    await page.getByText("No budgets yet", { exact: false }).waitFor();
    await page.getByRole("button", { name: "New budget" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Whose calls").fill("team=load");
    await dialog.getByLabel("Limit", { exact: true }).fill("fifty");
    await dialog.getByRole("button", { name: "Create the budget" }).click();
    await dialog.getByText("write a limit", { exact: false }).waitFor();
    await dialog.getByLabel("Limit", { exact: true }).fill("50");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "team=load/month" }).waitFor();
    const { rows } = await stage.product.api<BudgetPage>("/budgets");
    expect(rows).toMatchObject([
      { id: "team=load/month", limit_text: "50 USD", at: { "80%": "alert", "100%": "refuse" }, spent: "0" },
    ]);
  });
});

describe("spend", () => {
  it("on the overview is the ledger's to the last digit, and its parts add up to it", async () => {
    const { product } = stage;
    const { secret } = await product.createKey({ name: "load", team: "load" });
    await runMixedCalls({ baseUrl: product.dataPlane, secret, calls: 400, atOnce: 8, seed: 3 }).finished;
    await product.waitUntilBooked();
    const day = 24 * 3_600_000;
    const range = `from=${new Date(Date.now() - day).toISOString()}&to=${new Date(Date.now() + day).toISOString()}`;
    const answer = await product.api<SpendAnswer>(`/spend?by=feature&${range}`);
    await open("/");
    await page.getByRole("heading", { name: "By feature" }).waitFor();
    let gross: string | null | undefined;
    const isShown = async () => {
      gross = (await exactIn("main")).at(0);
      return gross !== undefined;
    };
    await until(isShown, "the sum is shown");
    expect(nanosOf(gross ?? "")).toBe(BigInt(answer.total.gross_nanos));
    const rows = answer.rows.map(({ dimensions, gross_nanos }) => [dimensions["feature"], gross_nanos]);
    expect(rows.length).toBeGreaterThan(3);
    for (const [feature, nanos] of rows) {
      const name = feature === "(none)" ? "no feature" : (feature ?? "");
      const row = page
        .getByRole("row")
        .filter({ has: page.getByRole("link", { name, exact: true }) })
        .first();
      await row.locator("[data-exact]").first().waitFor();
      const [exact] = await row
        .locator("[data-exact]")
        .evaluateAll((amounts) => amounts.map((one) => one.getAttribute("data-exact")));
      expect(nanosOf(exact ?? ""), feature).toBe(BigInt(nanos ?? "0"));
    }
    expect(rows.reduce((sum, [, nanos]) => sum + BigInt(nanos ?? 0), 0n)).toBe(BigInt(answer.total.gross_nanos));
  });

  it("opens from a feature to a call, its entries and their components", async () => {
    await open("/");
    await page.getByRole("link", { name: "feature-1", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: "feature-1" }).waitFor();
    await open("/calls");
    await page.getByRole("row").nth(1).getByRole("link").first().click();
    await page.getByRole("article", { name: /Attempt 1/ }).waitFor();
    await says(page.getByRole("article", { name: /Attempt 1/ }), /input_uncached|rate|row/i);
  });
});

describe("the page of providers", () => {
  it("says of every target how the gateway sees it, and of every provider what was kept and avoided", async () => {
    const { targets } = await stage.product.api<Status>("/status");
    expect(targets.length).toBeGreaterThan(3);
    await open("/providers");
    const standings = page.getByRole("table", { name: "How they stand now" });
    for (const { target } of targets) await says(standings, target);
    await says(standings, /healthy|cooling down|set aside|full/);
    await says(page.locator("main"), /Avoided[\s\S]*From cache[\s\S]*0 · 0\.0 %/);
  });
});

describe("a budget that was used", () => {
  it("shows what is spent to the last digit, as the ledger does, and opens to the calls that make it up", async () => {
    const { product } = stage;
    const settled = async () => {
      const { budget, booked } = await product.api<BudgetDetail>("/budgets/team%3Dload%2Fmonth");
      return budget.held === "0" && budget.spent === booked?.spent && budget.spent !== "0" ? budget : undefined;
    };
    await until(async () => (await settled()) !== undefined, "the budget and the ledger say the same");
    const budget = await settled();
    await open("/budgets");
    await page.getByRole("link", { name: "team=load/month" }).click();
    await page.getByRole("heading", { level: 1, name: "team=load/month" }).waitFor();
    await page.getByRole("heading", { name: "What makes it up" }).waitFor();
    await page.locator("main dl [data-exact]").first().waitFor();
    const [spent] = await exactIn("main dl");
    expect(nanosOf(spent ?? "")).toBe(BigInt(budget?.spent ?? "0"));
    await page.getByRole("link", { name: "All calls of this period" }).click();
    await page.getByRole("heading", { level: 1, name: "Calls" }).waitFor();
    expect(page.url()).toContain("team=load");
  });

  it("is changed and ended on its page, and says who did it", async () => {
    await open("/budgets/team%3Dload%2Fmonth");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Limit", { exact: true }).fill("60");
    await page.getByRole("dialog").getByRole("button", { name: "Change the budget" }).click();
    await page.getByText("60 USD per month, team=load", { exact: false }).first().waitFor();
    await page.locator("main").getByText("session of a one-time link", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the budget" }).click();
    await page.getByText("No budgets yet", { exact: false }).waitFor();
  });
});

describe("every page", () => {
  /** Where the thing itself has to be there: by the tests above, by e2e/steps and e2e/statements. */
  const openedByOthers = new Set(["/calls/$name", "/interactions/$name", "/statements/$name", "/budgets/$name"]);
  const paths = [
    "/",
    "/features",
    "/features/feature-1",
    "/models/gpt-4o-mini",
    "/teams/load",
    "/customers",
    "/customers/customer-1",
    "/users/user-1",
    "/interactions",
    "/calls",
    "/money",
    "/statements",
    "/bills",
    "/bills/no-such-bill",
    "/reconciliation",
    "/budgets",
    "/slos",
    "/providers",
    "/meters",
    "/prices",
    "/keys",
    "/access",
    "/status",
    "/no-such-page",
  ];
  const looks = [
    { colorScheme: "light", width: 1440 },
    { colorScheme: "dark", width: 360 },
  ] as const;

  it("is opened by one of the browser tests", () => {
    const router = readFileSync(join(import.meta.dirname, "../dashboard/router.tsx"), "utf8");
    const known = [...router.matchAll(/^ {2}\["(\/[^"]*)", \w+\]/gm)].map(([, path = ""]) => path);
    expect(known.length).toBeGreaterThan(20);
    const unopened = known.filter((path) => {
      const [start = "", name] = path.split("$");
      return (
        !openedByOthers.has(path) && !paths.some((one) => (name === undefined ? one === path : one.startsWith(start)))
      );
    });
    expect(unopened).toEqual([]);
  });

  it.each(paths)("%s has one heading, names for its controls, and fits a phone, in light and dark", async (path) => {
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await open(path);
      expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0);
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("button, a[href], input")]
          .filter(
            (one) =>
              one.textContent?.trim() === "" &&
              !one.hasAttribute("aria-label") &&
              !one.hasAttribute("aria-labelledby") &&
              one.closest("label") === null &&
              (one.id === "" || document.querySelector(`label[for="${one.id}"]`) === null),
          )
          .map((one) => one.outerHTML.slice(0, 120)),
      );
      expect(nameless).toEqual([]);
    }
    await page.setViewportSize(LAPTOP);
    await page.emulateMedia({ colorScheme: "light" });
  });

  it("was shown without an error in the console, and without a request to anywhere else", () => {
    expect(troubles.filter((text) => !/401|status of 4/.test(text))).toEqual([]);
    expect(outside).toEqual([]);
  });
});
