/** A journal of which something cannot be read: every total says so, and the status says what to do. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Status } from "#contract";
import { beyond, type Dashboard, LAPTOP, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

let stage: Stage;
let dashboard: Dashboard;
let held: { readonly segment: string; readonly at: number };

beforeAll(async () => {
  stage = await setStage({ latency: "none" });
  const { product } = stage;
  const { secret } = await product.createKey({ team: "load" });
  for (let index = 0; index < 3; index += 1) {
    const call = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] }),
    });
    await call.text();
  }
  expect(await product.stop()).toBe(0);
  held = damage(join(product.dataFolder, "journal"));
  // A ledger that has the segment already would not read it again.
  rmSync(join(product.dataFolder, "ledger.duckdb"));
  await product.start();
  const isTold = async () => (await product.api<Status>("/status")).journal.held !== undefined;
  await until(isTold, "the status tells of the segment");
  dashboard = await openDashboard(product);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

/** A line that is damaged before the first settlement, and one that is whole and of no version before the last. */
function damage(folder: string): { segment: string; at: number } {
  const [segment = ""] = readdirSync(folder).filter((file) =>
    readFileSync(join(folder, file), "utf8").includes("attempt-settled"),
  );
  const bytes = readFileSync(join(folder, segment));
  const lineOf = (at: number) => bytes.lastIndexOf("\n", at) + 1;
  const [first, last] = [lineOf(bytes.indexOf("attempt-settled")), lineOf(bytes.lastIndexOf("attempt-settled"))];
  const text = '{"type":"step-dreamt"}';
  const damaged = Buffer.from(`${text}\t00000000\n`);
  const strange = Buffer.from(`${text}\t${crc32(text).toString(16).padStart(8, "0")}\n`);
  const parts = [bytes.subarray(0, first), damaged, bytes.subarray(first, last), strange, bytes.subarray(last)];
  writeFileSync(join(folder, segment), Buffer.concat(parts));
  return { segment, at: last + damaged.byteLength };
}

it.for(["/", "/features", "/teams/load", "/providers"])("%s says that its totals are not all", async (path) => {
  const { open, page, troubles } = dashboard;
  await open(path);
  await says(page.getByRole("main"), "Not in it: what 1 damaged line of the journal said, of whatever time.");
  await says(
    page.getByRole("complementary", { name: "Notices" }),
    "A segment of the journal cannot be read on. What stands behind is in no total: what to do.",
  );
  expect(troubles).toEqual([]);
});

it("the way from a total leads to what to do, with the file and the byte", async () => {
  const { open, page, troubles } = dashboard;
  await open("/");
  await page.getByRole("main").getByRole("link", { name: "What to do" }).click();
  const region = page.getByRole("region", { name: "Journal that is held" });
  await says(region, held.segment);
  await says(region, `byte ${held.at.toLocaleString("en")}`);
  await says(region, "a whole line that this version does not understand: unknown event step-dreamt");
  await says(region, `tare journal set-aside ${held.segment} ${held.at}`);
  await says(page.getByRole("region", { name: "Books" }), /Torn lines\s+1, found by its checksum/);
  expect(troubles).toEqual([]);
});

it("all of it is on a phone", async () => {
  const { open, page } = dashboard;
  await page.setViewportSize(PHONE);
  await open("/status");
  expect(await beyond(page.getByRole("region", { name: "Journal that is held" }), PHONE.width)).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  await page.setViewportSize(LAPTOP);
});
