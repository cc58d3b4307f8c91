/** A ledger of which something is estimated says so wherever its sums stand. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Status } from "#contract";
import { type Dashboard, openDashboard } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { type Stage, setStage } from "./harness/stage.ts";

let stage: Stage;
let dashboard: Dashboard;

beforeAll(async () => {
  stage = await setStage({ latency: "none", faults: { cut: 1 } });
  const { product } = stage;
  const { secret } = await product.createKey({ team: "load" });
  const cut = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "Hi" }] }),
  });
  // However it ends.
  await cut.text().catch(() => "");
  await product.waitUntilBooked();
  dashboard = await openDashboard(product);
});
afterAll(async () => {
  await dashboard.close();
  await stage.strike();
});

it("the page of status says how much of gross is estimated, as the status does", async () => {
  const { totals } = await stage.product.api<Status>("/status");
  expect(BigInt(totals.estimated_nanos)).toBeGreaterThan(0n);
  await dashboard.open("/status");
  await says(dashboard.page.getByRole("region", { name: "Books" }), /Not certain\s+\$0\.\d+ est\./);
  expect(dashboard.troubles).toEqual([]);
});
