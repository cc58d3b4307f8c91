/** Pages of calls that no provider answered: a kept answer and a text of the route's own are no attempts, and say what they are. */
import { type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallDetail } from "#contract";
import { type Dashboard, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const CONFIG = `  away: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
routes:
  kept: { targets: [openai/gpt-4o-mini], cache: { exact: 10m } }
  away: { targets: [away/gpt-4o-mini], retries: 1, otherwise: { static: "We are away." } }
`;

let stage: Stage;
let dashboard: Dashboard;
let page: Page;
let secret: string;

beforeAll(async () => {
  stage = await setStage({ latency: "none", config: CONFIG });
  ({ secret } = await stage.product.createKey({ team: "load" }));
  dashboard = await openDashboard(stage.product);
  ({ page } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

async function call(model: string): Promise<{ readonly id: string; readonly cache: string | null }> {
  const answer = await fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "What does it weigh?" }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  return { id: answer.headers.get("x-tare-call") ?? "", cache: answer.headers.get("x-tare-cache") };
}

const detailOf = (id: string) => stage.product.api<CallDetail>(`/calls/${id}`);

it("a new installation says where to begin, and fits a phone", async () => {
  await page.setViewportSize(PHONE);
  await dashboard.open("/");
  await page.getByText("Point an SDK at this address").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});

it("a new installation says where rates of steps come from, which no call brings", async () => {
  await dashboard.open("/prices?view=steps");
  await page.getByText("No step has a rate yet. Give tools").waitFor();
});

describe("the page of a call", () => {
  it("that a kept answer was given to says so, and what was avoided, and has no attempt", async () => {
    const first = await call("kept");
    let kept = await call("kept");
    // The first is kept a moment after it was answered.
    while (kept.cache !== "exact") kept = await call("kept");
    await stage.product.waitUntilBooked();
    const made = await detailOf(first.id);
    const given = await detailOf(kept.id);
    expect(given.call.attempts).toBe(0);
    expect(given.entries.map(({ avoided_nanos: avoided }) => avoided)).toEqual([made.call.nanos]);
    await dashboard.open(`/calls/${kept.id}`);
    const entry = page.getByRole("article", { name: "Kept answer of openai/gpt-4o-mini" });
    await says(entry, /neither net nor tare[^]*It had cost \$0\.0\d+ when it was made: so much was avoided/);
    await says(page.locator("main"), "No attempts: answered here");
  });

  it("that got the route's own text says so, with the attempts that failed before, and took no longer than it did", async () => {
    const begun = performance.now();
    const { id, cache } = await call("away");
    const tookMs = performance.now() - begun;
    expect(cache).toBe("static");
    await stage.product.waitUntilBooked();
    const { call: row, entries } = await detailOf(id);
    expect([row.attempts, entries.length]).toEqual([2, 3]);
    // When attempts began is kept in whole milliseconds.
    expect(row.duration_ms).toBeLessThanOrEqual(tookMs + 2);
    await dashboard.open(`/calls/${id}`);
    await says(page.getByRole("article", { name: "The route's own text" }), "No provider made it");
    await page.getByRole("article", { name: "Attempt 1: answer by away/gpt-4o-mini" }).waitFor();
    expect(await page.getByText("(none)").count()).toBe(0);
    expect(dashboard.troubles).toEqual([]);
  });
});
