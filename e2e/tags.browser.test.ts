/** Tags as filters and as what is grouped by, in a real browser: chosen, shared as a link, taken along, on a phone. */
import { type Page, type Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beyond, type Dashboard, headingOf, LAPTOP, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { post } from "./harness/post.ts";
import { setStage, type Stage } from "./harness/stage.ts";

/** More than one list has. */
const TICKETS = 130;

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

const step = (id: string, cost: string, tags: Readonly<Record<string, string>>) => ({
  id,
  interaction: `use-${id}`,
  kind: "tool",
  name: "look up",
  feature: "answers",
  customer: "acme",
  user: "ada",
  cost,
  tags,
});

beforeAll(async () => {
  stage = await setStage({ latency: "none" });
  const tickets = Array.from({ length: TICKETS }, (_, index) => step(`t${index}`, "0.001", { ticket: `T-${index}` }));
  const steps = [
    step("a", "8", { plan: "gold", cost_center: "R&D, EU" }),
    step("b", "4", { plan: "pro" }),
    step("c", "2", { plan: "free" }),
    step("d", "1", {}),
    ...tickets,
  ];
  await post(stage.product, "/steps", { steps });
  await stage.product.waitUntilBooked();
  dashboard = await openDashboard(stage.product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

const panel = () => page.getByRole("group", { name: "Add a filter" });
const searched = () => new URL(page.url()).searchParams;
const gross = () => page.locator("dl", { hasText: "Gross" }).first();

async function chooseTag(part: string, name: string) {
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await panel().getByRole("button", { name: "Tag…" }).click();
  await panel().getByRole("textbox", { name: "Find a tag" }).fill(part);
  await panel()
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .click();
}

describe("a filter by a tag", () => {
  it("is chosen by name and values, stands in the URL, and is taken along, back and through a reload", async () => {
    await open("/?range=24h");
    await chooseTag("LAN", "plan");
    await panel().getByRole("checkbox", { name: "gold" }).check();
    await panel().getByRole("checkbox", { name: "pro" }).check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Tag plan: gold + 1" }).waitFor();
    expect(searched().getAll("tag.plan")).toEqual(["gold", "pro"]);
    await says(page.getByRole("table", { name: "By feature" }), "$12.00");
    await page.getByRole("link", { name: "Interactions", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Interactions" }).waitFor();
    await says(page.getByRole("table", { name: "Interactions" }), "use-b");
    expect(await page.getByRole("table", { name: "Interactions" }).innerText()).not.toMatch(/use-[cdt]/);
    await page.reload();
    await page.getByRole("button", { name: "Tag plan: gold + 1" }).waitFor();
    await page.getByRole("button", { name: "Remove the filter by tag plan" }).click();
    await says(page.getByRole("table", { name: "Interactions" }), "use-d");
    expect(searched().has("tag.plan")).toBe(false);
    await page.goBack();
    await page.getByRole("button", { name: "Tag plan: gold + 1" }).waitFor();
    await says(page.getByRole("table", { name: "Interactions" }), "use-b");
    expect(dashboard.troubles).toEqual([]);
  });

  it("finds a value beyond those that are listed by a part of it", async () => {
    await open("/features?range=24h");
    await chooseTag("tick", "ticket");
    await panel().getByText("There are more").waitFor();
    await panel().getByRole("textbox", { name: "Find a value of ticket" }).fill("t-129");
    await panel().getByRole("checkbox", { name: "T-129" }).check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Tag ticket: T-129" }).waitFor();
    await says(page.getByRole("table", { name: "All features" }), "$0.00100");
  });

  it("is chosen with the keyboard alone", async () => {
    await open("/?range=24h");
    await page.getByRole("button", { name: "Filter", exact: true }).focus();
    await page.keyboard.press("Enter");
    await panel().getByRole("button", { name: "Tag…" }).focus();
    await page.keyboard.press("Enter");
    // The field has the focus.
    await page.keyboard.type("cost");
    await panel()
      .getByRole("button", { name: /^cost_center/ })
      .waitFor();
    await panel().getByRole("button", { name: /^plan/ }).waitFor({ state: "detached" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await panel().getByRole("checkbox", { name: "R&D, EU" }).waitFor();
    await panel().getByRole("checkbox", { name: "R&D, EU" }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Tag cost_center: R&D, EU" }).waitFor();
    await says(gross(), "$8.00");
  });

  it("is asked by every part of every page that has filters", async () => {
    const asked = new Set<string>();
    const note = (url: string) => {
      const { pathname, searchParams } = new URL(url);
      if (!pathname.startsWith("/api/v1/") || !searchParams.has("from")) return;
      if (searchParams.getAll("tag.plan").join() !== "gold") asked.add(`${pathname} without it`);
      else asked.add(pathname);
    };
    page.on("request", (request) => note(request.url()));
    const paths = ["/", "/features", "/features/answers", "/customers", "/customers/acme", "/interactions", "/calls"];
    for (const path of [...paths, "/providers"]) {
      await open(`${path}?range=24h&tag.plan=gold`);
      await page.waitForLoadState("networkidle");
    }
    page.removeAllListeners("request");
    const names = ["calls", "errors", "interactions", "latency", "margins", "spend", "tags", "unit-costs"];
    // What a feature brings is of the feature as a whole.
    expect([...asked].filter((path) => !path.includes("/returns")).toSorted()).toEqual(
      names.map((name) => `/api/v1/${name}`),
    );
  });
});

describe("spend by a tag", () => {
  it("adds up, of the tag that is chosen, and leads to what makes it up", async () => {
    await open("/?range=24h");
    const choice = page.getByRole("combobox", { name: "Group by a tag" });
    await choice.waitFor();
    await says(page.getByRole("table", { name: "By tag plan" }), /gold[\s\S]*\$8\.00[\s\S]*no tag plan[\s\S]*Total/);
    await choice.selectOption("Tag cost_center");
    await says(page.getByRole("table", { name: "By tag cost_center" }), "R&D, EU");
    expect(searched().get("by")).toBe("tag.cost_center");
    await page.getByRole("table", { name: "By tag cost_center" }).getByRole("link", { name: "R&D, EU" }).click();
    await page.getByRole("heading", { level: 1, name: "Interactions" }).waitFor();
    expect(searched().getAll("tag.cost_center")).toEqual(["R&D, EU"]);
    await says(page.getByRole("table", { name: "Interactions" }), "use-a");
  });

  it("is there for what a page is about, and on the page of providers", async () => {
    await open("/customers/acme?range=24h&by=tag.plan");
    await says(page.getByRole("table", { name: "By tag plan" }), "free");
    await open("/providers?range=24h");
    await page.getByRole("combobox", { name: "Group by a tag" }).selectOption("Tag plan");
    await says(page.getByRole("table", { name: "Spend and attempts" }), /Tag plan[\s\S]*gold/);
    expect(dashboard.troubles).toEqual([]);
  });

  it("has links from each tag of an interaction to the calls that have it", async () => {
    await open("/interactions/use-a");
    await page.getByRole("link", { name: "cost_center = R&D, EU" }).click();
    await page.getByRole("heading", { level: 1, name: "Calls" }).waitFor();
    expect(searched().getAll("tag.cost_center")).toEqual(["R&D, EU"]);
  });
});

describe("on a phone", () => {
  it("tags are chosen and seen without moving sideways, dark and light", async () => {
    await page.setViewportSize(PHONE);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await open("/?range=24h");
      await chooseTag("plan", "plan");
      await panel().getByRole("checkbox", { name: "gold" }).check();
      expect(await beyond(panel(), PHONE.width)).toBe(0);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Tag plan: gold" }).waitFor();
      await says(page.getByRole("table", { name: "By tag cost_center" }), "R&D, EU");
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
      const folder = process.env["TARE_PICTURES"];
      if (folder !== undefined) await page.screenshot({ path: `${folder}/tags-${colorScheme}.png`, fullPage: true });
    }
    await page.setViewportSize(LAPTOP);
    expect(await headingOf(page).innerText()).toBe("Overview");
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("the pages of a customer and a user", () => {
  it("lead to each other by what each cost", async () => {
    await open("/customers/acme?range=24h");
    await page.getByRole("table", { name: "By user" }).getByRole("link", { name: "ada" }).click();
    await page.getByRole("heading", { level: 1, name: "ada" }).waitFor();
    await page.getByRole("table", { name: "By customer" }).getByRole("link", { name: "acme" }).click();
    await page.getByRole("heading", { level: 1, name: "acme" }).waitFor();
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("another grouping", () => {
  it("does not show the rows of the one before as nobody's while its own are on the way", async () => {
    // A range that moves would ask again meanwhile.
    const range = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date().toISOString()}`;
    await open(`/providers?${range}&by=tag.plan`);
    const table = page.getByRole("table", { name: "Spend and attempts" });
    await says(table, "gold");
    const asked = /\/spend\?.*by=model/;
    const held: Route[] = [];
    await page.route(asked, (route) => void held.push(route));
    await page.getByRole("group", { name: "Group by" }).getByRole("button", { name: "Model" }).click();
    await page.waitForURL(/by=model/);
    await table.waitFor({ state: "detached" });
    await expect.poll(() => held.length).toBeGreaterThan(0);
    for (const route of held) await route.continue();
    await table.waitFor();
    await page.unroute(asked);
    expect(dashboard.troubles).toEqual([]);
  });
});

describe("every table of spend", () => {
  it("has the tare ratio of each row, and net in what is copied where it has no room", async () => {
    await open("/features/answers?range=24h");
    for (const name of ["By model", "By layer", "By tag plan"])
      await page.getByRole("table", { name }).getByRole("columnheader", { name: "Ratio" }).waitFor();
    const region = page.getByRole("region", { name: "By model" }).last();
    expect(await region.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    await page.evaluate(() => {
      Object.assign(navigator.clipboard, { writeText: async (text: string) => void (document.title = text) });
    });
    const section = page.locator("section", { has: page.getByRole("table", { name: "By layer" }) });
    await section.getByRole("button", { name: "Copy as CSV" }).click();
    await page.waitForFunction(() => document.title.includes("Net"));
    expect((await page.title()).split(/\s*\n/)[0]).toContain("Gross,Net,Tare,Ratio,Calls");
  });
});
