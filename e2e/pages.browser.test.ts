/** What single pages say and where they lead, in a real browser: sums, links, the focus, and small screens. */
import { type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallPage, type InteractionPage } from "#contract";
import { beyond, type Dashboard, LAPTOP, nanosOf, openDashboard, PHONE } from "./harness/dashboard.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { post } from "./harness/post.ts";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const CONFIG = `
budgets:
  - { scope: { team: load }, limit: 1.5 USD, per: minute, at: { 100%: alert } }
  - { scope: { team: load }, limit: 8 concurrent }
`;

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

const own = { interaction: "use-1", feature: "answers", team: "care", customer: "acme", user: "ada", session: "s-9" };
const steps = [
  { id: "a", kind: "model", name: "answer", cost: "0.01", tags: { plan: "gold" }, ...own },
  { id: "b", kind: "tool", name: "look up", cost: "0.03", ...own },
  // Nobody's: no feature, no model and no provider.
  { id: "c", kind: "tool", name: "index", cost: "2", interaction: "own" },
  // More than all calls of this feature.
  { id: "d", kind: "tool", name: "crawl", cost: "5", interaction: "crawl", feature: "feature-1" },
];

async function postAll(): Promise<void> {
  const { product } = stage;
  await post(product, "/steps", { steps });
  const outcomes = [
    { id: "o", interaction: "use-1", name: "resolved", value: "0.25" },
    { id: "p", interaction: "use-1", name: "rated", success: false },
  ];
  await post(product, "/outcomes", { outcomes });
}

beforeAll(async () => {
  stage = await setStage({ faults: { "rate-limit": 0.05, cut: 0.05 }, latency: "none", config: CONFIG });
  await postAll();
  const { product } = stage;
  const { secret } = await product.createKey({ name: "load", team: "load" });
  await runMixedCalls({ baseUrl: product.dataPlane, secret, calls: 250, atOnce: 8, seed: 3 }).finished;
  await product.waitUntilBooked();
  dashboard = await openDashboard(product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

/** Every digit of a column's rows, and of its total. */
async function columnOf(table: Locator, head: string) {
  await table.locator("tfoot").waitFor();
  const heads = await table.locator("thead th").allTextContents();
  const at = heads.findIndex((text) => text.startsWith(head)) + 1;
  const read = async (part: "tbody" | "tfoot") => {
    const cells = await table
      .locator(`${part} td:nth-child(${at})`)
      .evaluateAll((all) =>
        all.map((cell) => cell.querySelector("[data-exact]")?.getAttribute("data-exact") ?? cell.textContent ?? ""),
      );
    return cells.map(nanosOf);
  };
  const [rows, [total]] = [await read("tbody"), await read("tfoot")];
  return { sum: rows.reduce((all, one) => all + one, 0n), total };
}

describe("rows and their total", () => {
  it.each([
    ["/features", "All features", ["Gross", "Net", "Tare", "Calls"]],
    ["/providers", "Spend and attempts", ["Gross", "Net", "Tare", "Calls", "Attempts"]],
    ["/providers?by=model", "Spend and attempts", ["Gross", "Net", "Tare", "Calls", "Attempts"]],
  ] as const)("of %s agree in every column, what has no calls included", async (path, label, heads) => {
    await open(path);
    const table = page.getByRole("table", { name: label });
    for (const head of heads) {
      const { sum, total } = await columnOf(table, head);
      expect(sum, head).toBe(total);
    }
  });

  it("say what one call costs without what has no calls", async () => {
    await open("/features");
    const table = page.getByRole("table", { name: "All features" });
    const { total: one = 0n } = await columnOf(table, "One call costs");
    const { total: gross = 0n } = await columnOf(table, "Gross");
    const { total: calls = 1n } = await columnOf(table, "Calls");
    expect(one).toBeGreaterThan(0n);
    expect(one).toBeLessThan((gross - 2n * 10n ** 9n) / (calls / 10n ** 9n) + 1n);
  });
});

describe("what has no name", () => {
  it("is called by what it is, and leads nowhere where no call is in it", async () => {
    await open("/");
    const models = page.getByRole("table", { name: "By model" });
    await models.getByText("no model: tools, reviews, bills").waitFor();
    expect(await models.getByRole("link", { name: "no model" }).count()).toBe(0);
    await page.getByRole("table", { name: "By feature" }).getByText("no feature").waitFor();
    await open("/money");
    await page.getByRole("table").getByText("nobody outside: own work").first().waitFor();
    expect(await page.getByText("(none)").count()).toBe(0);
  });

  it("opens from a layer without calls to what costs in it", async () => {
    await open("/");
    await page.getByRole("table", { name: "By layer" }).getByRole("link", { name: "tools" }).click();
    await page.getByRole("heading", { level: 1, name: "Interactions" }).waitFor();
    await page.getByRole("link", { name: /\d/ }).first().waitFor();
    await page.getByText("use-1").waitFor();
  });
});

describe("older calls", () => {
  it("are the same after the page is read again, and lead back to the latest", async () => {
    await open("/calls?range=1h");
    const older = page.getByRole("button", { name: "Older" });
    await older.waitFor();
    expect(await page.locator("main tbody tr").count(), "rows above what turns the page").toBe(100);
    await older.click();
    await until(async () => page.url().includes("cursor="), "the page is turned");
    await page.reload();
    await page.getByRole("button", { name: "Newer" }).waitFor();
    await page.getByRole("table").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.getByText("these are the latest").count()).toBe(0);
    await page.getByRole("button", { name: "Latest" }).click();
    await until(async () => page.url().endsWith("/calls?range=1h"), "the range moves again");
  });

  it("of another range are the latest, with a word", async () => {
    const { cursor } = await stage.product.api<CallPage>("/calls?limit=100");
    await open(`/calls?range=24h&cursor=${cursor}`);
    await page.getByText("these are the latest").waitFor();
    await page.getByRole("table").waitFor();
  });
});

describe("an interaction", () => {
  it("shows what is not certain of it beside its cost, in the list and below its steps", async () => {
    const { rows } = await stage.product.api<InteractionPage>("/interactions?limit=500");
    const uncertain = rows.find((row) => row.in_doubt_nanos !== "0" && row.estimated_nanos !== "0");
    await open(`/interactions/${uncertain?.interaction}`);
    for (const said of [/est\.$/, /in doubt$/])
      await page.getByRole("row").filter({ hasText: "Gross" }).getByText(said).waitFor();
    await open("/interactions?state=problems&range=24h");
    const table = page.getByRole("table", { name: "Interactions" });
    for (const said of [/est\.$/, /in doubt$/]) await table.getByText(said).first().waitFor();
    for (const width of [1280, PHONE.width]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await beyond(table.getByRole("columnheader", { name: "Gross" }), width), `${width}`).toBe(0);
    }
    await page.setViewportSize(LAPTOP);
  });

  it("says what came of it, and whose it was", async () => {
    await open("/interactions/use-1");
    const main = page.locator("main");
    await main.getByRole("link", { name: "answers" }).waitFor();
    await main.getByRole("link", { name: "care" }).waitFor();
    for (const said of [/\bresolved, worth \$0\.25/, /not rated/, /acme/, /ada/, /s-9/, /plan = gold/])
      await until(async () => said.test(await main.innerText()), said.source);
  });
});

describe("the focus", () => {
  it.each([
    ["/budgets", "New budget"],
    ["/keys", "New key"],
  ])("goes back on %s to what opened a dialog", async (path, name) => {
    await open(path);
    const opener = page.getByRole("button", { name });
    await opener.click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await opener.evaluate((one) => one === document.activeElement)).toBe(true);
  });

  it("goes back to the menu of a phone, which Esc closes", async () => {
    await page.setViewportSize(PHONE);
    await open("/");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Bills", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Bills", exact: true }).waitFor({ state: "hidden" });
    const opener = page.getByRole("button", { name: "Menu" });
    expect(await opener.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.setViewportSize(LAPTOP);
  });
});

describe("a limit on calls at once", () => {
  it("has calls that run and room for more, and nothing that is spent or begins anew", async () => {
    await open("/budgets");
    const row = page.getByRole("row").filter({ hasText: "8 at once" });
    for (const name of ["0 running", "as calls end"]) await row.getByRole("cell", { name, exact: true }).waitFor();
    await row.getByRole("link").first().click();
    await page.getByText("it counts what runs at this moment").waitFor();
    const facts = page.locator("main dl").first();
    expect(await facts.locator("dt").allInnerTexts()).toEqual(["Running", "Left"]);
  });
});

describe("a call without a feature", () => {
  it("says so in words, and where one is given", async () => {
    const { product } = stage;
    const { secret } = await product.createKey({ name: "nameless", team: "nameless" });
    const answer = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
    });
    await answer.text();
    await product.waitUntilBooked();
    await open("/calls?team=nameless");
    const row = page.getByRole("table").locator("tbody tr").first();
    await row.getByRole("cell", { name: "no feature" }).waitFor();
    await row.getByRole("link").first().click();
    await page.getByText("x-tare-feature").waitFor();
    await page.locator("main").getByRole("link", { name: "key", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
  });
});

describe("a search for prices", () => {
  it("is in the address, and the way back leads to what was there before it", async () => {
    await open("/prices");
    const field = page.getByRole("searchbox", { name: "Model or a part of its name" });
    await field.pressSequentially("gpt-4o", { delay: 30 });
    await until(async () => page.url().endsWith("search=gpt-4o"), "the search is in the address");
    await page.goBack();
    await until(async () => (await field.inputValue()) === "", "the field is empty");
    // Longer than it takes until what is typed is searched for.
    await page.waitForTimeout(400);
    expect(new URL(page.url()).search).toBe("");
    await page.goForward();
    await until(async () => (await field.inputValue()) === "gpt-4o", "the search is there again");
    await page.waitForTimeout(400);
    expect(page.url()).toContain("search=gpt-4o");
  });

  it("leads from a page of the book that somebody sent to its first one", async () => {
    await open("/prices?view=all");
    const [row, more] = [page.getByRole("row").nth(1), page.getByRole("button", { name: "More rows" })];
    const first = await more.waitFor().then(() => row.innerText());
    await more.click();
    await until(async () => (await row.innerText()) !== first, "the page is turned");
    const sent = new URL(page.url());
    expect(sent.searchParams.has("cursor")).toBe(true);
    await open(sent.pathname + sent.search);
    await page.getByRole("button", { name: "First page" }).click();
    await until(async () => (await row.innerText()) === first, "the first page");
    expect(new URL(page.url()).search).toBe("?view=all");
  });
});

describe("advice to stay simple", () => {
  it("stands where a feature is mostly fees, and on no page that is of something else", async () => {
    const advice = page.getByText("Stay simple, do not build.");
    await open("/features/feature-1");
    await advice.waitFor();
    for (const path of ["/", "/features", "/models/(none)", "/features/(none)"]) {
      await open(path);
      await page.getByText("Tare ratio").first().waitFor();
      expect(await advice.count(), path).toBe(0);
    }
  });
});

describe("what went wrong", () => {
  it("opens to as many calls as it counts, or to none where calls may have ended well", async () => {
    await open("/providers");
    const table = page.getByRole("table", { name: "What went wrong" });
    const failed = table.getByRole("row").filter({ hasText: "failed" }).first();
    await failed.waitFor();
    expect(await failed.getByRole("link").count()).toBe(0);
    const cut = table.getByRole("row").filter({ hasText: "upstream_cut" }).first();
    const count = Number(await cut.getByRole("link").innerText());
    await cut.getByRole("link").click();
    await page.getByRole("button", { name: "Only upstream_cut" }).waitFor();
    const rows = page.getByRole("table").locator("tbody tr");
    await until(async () => (await rows.count()) === count, "as many calls");
  });
});

describe("a small screen", () => {
  it("shows what is spent and left of a budget, and the rate of a price", async () => {
    await page.setViewportSize(PHONE);
    await open("/budgets");
    for (const said of [/ spent$/, / left$/])
      expect(await beyond(page.getByRole("table").getByText(said).first(), 390), said.source).toBe(0);
    await open("/prices");
    expect(await beyond(page.getByRole("columnheader", { name: "Per million" }).last(), 390)).toBe(0);
    await page.setViewportSize(LAPTOP);
  });

  it("shows every column of tables that share a line on a small laptop", async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await open("/");
    const callsOf = (name: string) => page.getByRole("table", { name }).getByRole("columnheader", { name: "Calls" });
    for (const name of ["By model", "By team"]) expect(await beyond(callsOf(name), 1280)).toBe(0);
    const region = page.getByRole("region", { name: "By model" }).last();
    const beside = () => region.evaluate((one) => one.scrollWidth - one.clientWidth);
    expect(await beside()).toBe(0);
    await page.setViewportSize(LAPTOP);
    expect(await beside()).toBe(0);
  });

  it("shows a call's cost on a small laptop and a phone, and all of it at 1440", async () => {
    await open("/calls?state=problems");
    expect(await beyond(page.getByRole("columnheader", { name: "Took" }), 1440)).toBe(0);
    const [inner, outer] = await page
      .getByRole("region", { name: "Calls, latest first" })
      .evaluate((one) => [one.scrollWidth, one.clientWidth]);
    expect(inner).toBe(outer);
    for (const width of [1024, 390]) {
      await page.setViewportSize({ width, height: 768 });
      expect(await beyond(page.getByRole("columnheader", { name: "Cost" }), width), `${width}`).toBe(0);
    }
    await page.setViewportSize(LAPTOP);
  });
});

describe("why a call ended as it did", () => {
  it("stands in the list and on its page, and opens to the calls that ended with the same", async () => {
    const { product } = stage;
    const { secret } = await product.createKey({ name: "failing", team: "care" });
    // Of the others each may have been saved by a retry.
    const failed = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "[[simulate fault=server-error]]" }],
      }),
    });
    expect(failed.status).toBe(500);
    await product.waitUntilBooked();
    await open("/calls?state=failed");
    const row = page.getByRole("table").locator("tbody tr").first();
    const code = await row.locator("code").innerText();
    expect(code).toMatch(/^upstream_/);
    await row.getByRole("link").first().click();
    await page.locator("main").getByRole("link", { name: code }).click();
    await page.getByRole("button", { name: `Only ${code}` }).waitFor();
    await row.waitFor();
    await page.goBack();
    await page.getByText("Ended with").waitFor();
  });
});

describe("nothing", () => {
  it("by a filter is said to be that, and the filter can be taken away", async () => {
    await open("/?feature=no-such");
    await page.getByText("The filters let nothing through").first().waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("link", { name: "answers" }).first().waitFor();
  });

  it.each([
    ["/features/no-such", "a feature called “no-such”"],
    ["/bills/no-such", "No bill called “no-such”"],
    ["/statements/no-such", "No team called “no-such”"],
  ])("of %s is said, in place of zeros", async (path, said) => {
    await open(path);
    await page.getByText(said).waitFor();
    expect(await page.locator("main").getByText("$0.00").count()).toBe(0);
  });
});

describe("small things", () => {
  it("a limit is written as money everywhere, and a time stands to the right", async () => {
    await open("/budgets");
    await page.getByRole("link", { name: /load.minute/ }).click();
    await page.getByText("$1.50 a minute").waitFor();
    await open("/features/answers");
    const head = page.getByRole("table", { name: "Dearest interactions" }).getByRole("columnheader", { name: "Took" });
    expect(await head.evaluate((one) => getComputedStyle(one).textAlign)).toBe("end");
  });

  it("the entry of the page that is open is as high as it was", async () => {
    await open("/");
    const link = page.getByRole("link", { name: "Where the money goes" });
    const before = await link.boundingBox();
    await link.click();
    await page.getByRole("heading", { level: 1, name: "Where the money goes" }).waitFor();
    expect((await link.boundingBox())?.height).toBe(before?.height);
  });

  it("was shown without an error", () => {
    expect(dashboard.troubles).toEqual([]);
  });
});
