/** Long lists that are of no range: which page is open stands in the address, and the focus stays where pages are turned. */
import { type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Dashboard, openDashboard } from "./harness/dashboard.ts";
import { post } from "./harness/post.ts";
import { Product, until } from "./harness/product.ts";

const CONFIG = `providers:
  local: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
`;
const COUNT = 120;

let product: Product;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

beforeAll(async () => {
  product = await new Product({ config: CONFIG, env: {}, threads: 1 }).start();
  for (let index = 0; index < COUNT; index += 1) {
    const name = `made ${index.toString().padStart(3, "0")}`;
    await product.createKey({ name });
    await product.api("/tokens", { method: "POST", body: { name: name.replace(" ", "-"), role: "viewer" } });
    if (index < COUNT / 2)
      await product.api("/budgets", { method: "PUT", body: { scope: { team: name }, per: "day", limit: "1 USD" } });
  }
  const steps = Array.from({ length: COUNT }, (_, index) => ({ id: "s", interaction: `use-${index}`, kind: "tool" }));
  await post(product, "/steps", { steps: steps.map((step) => ({ ...step, name: "look up", cost: "1" })) });
  await product.waitUntilBooked();
  dashboard = await openDashboard(product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await product.stop();
  product.remove();
});

const lists = [
  { path: "/keys", name: "Keys", label: "Pages of keys", more: "More keys", first: "First page" },
  { path: "/access", name: "Tokens", label: "Pages of tokens", more: "More tokens", first: "First page" },
  { path: "/access", name: "Changes, latest first", label: "Pages of changes", more: "Older", first: "Latest" },
  {
    path: "/budgets",
    name: "Budgets, tightest first",
    label: "Pages of budgets",
    more: "More budgets",
    first: "Tightest",
  },
  { path: "/prices?view=all", name: "Price rows", label: "Pages of the book", more: "More rows", first: "First page" },
] as const;

it.each(lists)("$path: $name are turned, sent to others, and turned back", async (list) => {
  const { path, name, label, more, first } = list;
  await open(path);
  const row = page.getByRole("table", { name }).getByRole("row").nth(1);
  const pager = page.getByRole("navigation", { name: label });
  const before = await row.innerText();
  // Whole at once: rows that come while somebody scrolls to the pager would move it away from under the click.
  expect(await page.getByRole("button", { name: /^Show all/ }).count()).toBe(0);
  await pager.getByRole("button", { name: more }).press("Enter");
  await until(async () => (await row.innerText()) !== before, "the page is turned");
  const turned = await row.innerText();
  const isKept = () =>
    page.evaluate((said) => document.activeElement?.closest("nav")?.getAttribute("aria-label") === said, label);
  await until(isKept, "the focus is where pages are turned");
  const sent = new URL(page.url());
  await open(sent.pathname + sent.search);
  await until(async () => (await row.innerText()) === turned, "others see the same page");
  await pager.getByRole("button", { name: first }).press("Enter");
  await until(async () => (await row.innerText()) === before, "the first page is open again");
  expect(new URL(page.url()).search).toBe(new URL(path, "http://any").search);
  expect(dashboard.troubles).toEqual([]);
});

it("leads a step back from a page that was turned to, and whoever came by its link to the first one", async () => {
  await open("/interactions?range=24h");
  const table = page.getByRole("table", { name: "Interactions" });
  const rows = () => table.getByRole("row").count();
  const pager = page.getByRole("navigation", { name: "Pages of interactions" });
  await pager.getByRole("button", { name: "Older" }).click();
  await until(async () => (await rows()) < 100, "the page is turned");
  const sent = new URL(page.url());
  await pager.getByRole("button", { name: "Newer" }).click();
  await until(async () => (await rows()) > 100, "the page before is open again");
  await open(sent.pathname + sent.search);
  await pager.getByRole("button", { name: "Latest" }).waitFor();
  expect(await pager.getByRole("button", { name: "Newer" }).count()).toBe(0);
  await pager.getByRole("button", { name: "Latest" }).click();
  await until(async () => (await rows()) > 100, "the first page is open");
  expect(dashboard.troubles).toEqual([]);
});

it.each([
  ["/keys", "Keys", "Revoke made 119", "Revoke"],
  ["/access", "Tokens", "End made-000", "End"],
])(
  "on %s the focus stays in the table of %s when the button that had it is gone with its row's state",
  async (path, name, opener, button) => {
    await open(path);
    await page.getByRole("button", { name: opener }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: button }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: opener }).waitFor({ state: "detached" });
    const region = page.getByRole("region", { name: `${name}, table` });
    await until(() => region.evaluate((one) => one === document.activeElement), "the table has the focus");
  },
);

it("two lists of one page are turned apart", async () => {
  await open("/access");
  await page.getByRole("button", { name: "More tokens" }).click();
  await page.getByRole("cell", { name: "made-119" }).first().waitFor();
  await page.getByRole("button", { name: "Older" }).click();
  await until(async () => new URL(page.url()).searchParams.has("cursor"), "both are in the address");
  expect(new URL(page.url()).searchParams.has("tokens")).toBe(true);
  await page.getByRole("button", { name: "Latest" }).click();
  await until(async () => !new URL(page.url()).searchParams.has("cursor"), "changes are the latest");
  expect(new URL(page.url()).searchParams.has("tokens")).toBe(true);
});
