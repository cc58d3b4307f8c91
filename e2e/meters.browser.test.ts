/** The page of GPUs on the running product: the exporters' figures, what is wrong with them, and on a narrow screen. */
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MeterPage } from "#contract";
import { type Dashboard, openDashboard, PHONE } from "./harness/dashboard.ts";
import { says } from "./harness/page-says.ts";
import { Product, until } from "./harness/product.ts";

let tokens = 0;
const texts: Readonly<Record<string, () => string>> = {
  "/gpus": () => 'DCGM_FI_DEV_GPU_UTIL{UUID="GPU-a"} 25\nDCGM_FI_DEV_GPU_UTIL{UUID="GPU-b"} 0\n',
  "/vllm": () => `vllm:generation_tokens_total{model_name="<b>llama</b>"} ${(tokens += 1000)}\n`,
};

let exporters: Server;
let product: Product;
let dashboard: Dashboard;
let page: Page;
let open: Dashboard["open"];

beforeAll(async () => {
  exporters = createServer((request, response) => {
    const text = texts[request.url ?? ""]?.();
    response.writeHead(text === undefined ? 503 : 200).end(text);
  });
  await new Promise<void>((listening) => void exporters.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(exporters.address() as AddressInfo).port}`;
  const config = `meters:
  - name: h100
    exporters: [{ url: "${origin}/gpus" }, { url: "${origin}/vllm" }, { url: "${origin}/away" }]
    every: 1s
    gpu_hour: [{ rate: 3600 USD, source: contract }]
`;
  product = await new Product({ config, env: {} }).start();
  await until(async () => ((await meters()).rows[0]?.tokens_out ?? 0) > 0, "tokens were counted");
  dashboard = await openDashboard(product);
  ({ page, open } = dashboard);
});
afterAll(async () => {
  await dashboard.close();
  await product.stop();
  product.remove();
  exporters.closeAllConnections();
  exporters.close();
});

const meters = () => product.api<MeterPage>("/meters");

it("shows what idle time and a token cost, which exporter is away, and names of models as text", async () => {
  await page.getByRole("link", { name: "GPUs" }).click();
  const fleet = page.getByRole("region", { name: "Fleets" }).getByRole("row", { name: /h100/ });
  // (0.75 + 1) of 2 GPUs.
  await fleet.getByRole("cell", { name: "87.5 %" }).waitFor();
  await says(fleet, "2 GPUs");
  const model = page.getByRole("row", { name: /<b>llama<\/b>/ });
  await model.waitFor();
  const [row] = (await meters()).rows;
  expect(row?.models[0]?.share).toBe(1);
  await page.getByText(/answered with status 503 · never answered/).waitFor();
  expect(dashboard.troubles).toEqual([]);
});

it("stands on a narrow screen without moving sideways, dark and light", async () => {
  await page.setViewportSize(PHONE);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await open("/meters");
    await page.getByRole("heading", { name: "Exporters" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  }
});
