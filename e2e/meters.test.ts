/** A fleet of two GPUs and a server behind real exporters: measured, booked once, and neither lost nor doubled by a kill. */
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AllocationAnswer, type BillRows, type BillTotals, type MeterPage, type MeterRow } from "#contract";
import { Product, PROGRAM, until } from "./harness/product.ts";

/** What the exporters say now; an exporter that is down breaks its connections off. */
const said = { active: [1, 0.25], running: 2, tokens: 1_000, startedAt: 1_700_000_000, isDown: false };

const texts: Readonly<Record<string, () => string>> = {
  "/gpus": () =>
    [
      "# HELP DCGM_FI_PROF_GR_ENGINE_ACTIVE Ratio of time the graphics engine is active.",
      "# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge",
      ...said.active.map((active, gpu) => `DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="${gpu}",UUID="GPU-${gpu}"} ${active}`),
    ].join("\n"),
  "/vllm": () =>
    [
      `process_start_time_seconds ${said.startedAt}`,
      `vllm:num_requests_running{model_name="llama"} ${said.running}`,
      `vllm:prompt_tokens_total{model_name="llama"} ${said.tokens * 3}`,
      `vllm:generation_tokens_total{model_name="llama"} ${said.tokens}`,
      `vllm:request_success_total{model_name="llama",finished_reason="stop"} ${said.tokens / 100}`,
    ].join("\n"),
};

let exporters: Server;
let product: Product;

beforeAll(async () => {
  exporters = createServer((request, response) => {
    const text = texts[request.url ?? ""]?.();
    if (said.isDown) request.socket.destroy();
    else response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/plain" }).end(text);
  });
  await new Promise<void>((listening) => void exporters.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(exporters.address() as AddressInfo).port}`;
  const config = `providers:
  local: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }
meters:
  - name: h100
    exporters: [{ url: "${origin}/gpus", kind: dcgm }, { url: "${origin}/vllm" }]
    every: 2s
    booked: 10s
    gpu_hour: [{ rate: 3600 USD, source: contract }]
    provider: Rented GPUs
    environment: production
allocation:
  - name: idle GPUs
    of: { layer: idle and cold starts, provider: Rented GPUs }
    by: { shares: [{ team: search, parts: 2 }, { team: care, parts: 1 }] }
`;
  product = await new Product({ config, env: {}, threads: 1 }).start();
}, 60_000);
afterAll(async () => {
  await product.stop();
  product.remove();
  exporters.closeAllConnections();
  exporters.close();
});

const booked = () => product.api<BillTotals>("/bills?source=meter&by=layer");

async function meter(range = ""): Promise<MeterRow> {
  const [row] = (await product.api<MeterPage>(`/meters${range}`)).rows;
  if (row === undefined) throw new Error("the meter is there");
  return row;
}

/** The same as is booked, of the intervals that are. */
async function expectBookedOnce(): Promise<void> {
  const { rows } = await product.api<BillRows>("/bills/rows?source=meter&limit=1000");
  expect(new Set(rows.map(({ bill }) => bill)).size).toBe(rows.length);
  const ends = rows.map(({ row }) => Date.parse(row["ChargePeriodEnd"] ?? ""));
  const measured = await meter(`?to=${new Date(Math.max(...ends)).toISOString()}`);
  expect((await booked()).total.nanos).toBe(measured.cost_nanos);
  expect(rows.every(({ team, provider }) => team === "(none)" && provider === "Rented GPUs")).toBe(true);
  const seconds = rows.reduce((sum, { row }) => sum + Number(row["ConsumedQuantity"]), 0);
  // At 3600 an hour, a second of a GPU costs 1.
  expect(seconds).toBeCloseTo(Number(measured.cost_nanos) / 1e9, 6);
}

const counted = (row: MeterRow) => row.busy_ms + row.idle_ms + row.unknown_ms;

describe("a meter", () => {
  it("shows busy and idle time of each GPU as its exporter says, and what came out of the server meanwhile", async () => {
    await until(async () => (await meter()).busy_ms > 0, "time was measured", 20_000);
    said.tokens += 500;
    await until(async () => (await meter()).tokens_out === 500, "the tokens were counted", 10_000);
    const row = await meter();
    // (1 + 0.25) of 2 GPUs.
    expect(row.idle_share).toBeCloseTo(0.375, 5);
    expect(row).toMatchObject({ tokens_in: 1500, tokens_out: 500, requests: 5, cold_starts: 0 });
    expect(row.exporters.map(({ kinds, gpus }) => [kinds, gpus])).toEqual([
      [["dcgm"], 2],
      [["vllm"], 0],
    ]);
    expect(row.models).toMatchObject([{ model: "llama", share: 1, cost_nanos: row.cost_nanos }]);
  });

  it("books each interval that is over, idle time in a layer of its own", async () => {
    await until(async () => (await booked()).total.bills >= 2, "an interval was booked", 30_000);
    await expectBookedOnce();
    const layers = new Set((await booked()).rows.map(({ dimensions }) => dimensions["layer"]));
    expect(layers).toEqual(new Set(["GPUs and serving", "idle and cold starts"]));
  });

  it("has idle time as a line of its own, and shared where a rule shares it, to the nano", async () => {
    const month = new Date().toISOString().slice(0, 7);
    const {
      rows,
      bills,
      billed_nanos: billed,
    } = await product.api<AllocationAnswer>(`/allocations?month=${month}&by=team`);
    const idle = bills.find(({ layer }) => layer === "idle and cold starts");
    const shares = ["search", "care"].map((team) =>
      BigInt(rows.find(({ value }) => value === team)?.shared_nanos ?? 0),
    );
    const [search = 0n, care = 0n] = shares;
    expect(search + care).toBe(BigInt(idle?.nanos ?? 0));
    expect(idle).toMatchObject({ rule: "idle GPUs", allocated_nanos: idle?.nanos, unallocated_nanos: "0" });
    expect([-1n, 0n, 1n]).toContain(search - 2n * care);
    // What works has no rule here, and stays visible as nobody's.
    const nobodys = rows.find(({ value }) => value === "(unallocated)");
    expect(BigInt(nobodys?.total_nanos ?? 0) + search + care).toBe(BigInt(billed));
    expect(nobodys?.layers.map(({ layer }) => layer)).toEqual(["GPUs and serving"]);
  });

  it("after a kill goes on where it was: nothing twice, the time between is unknown, tokens are not lost", async () => {
    const before = await meter();
    const office = product.officePid;
    await product.kill("SIGKILL");
    if (office !== undefined && isRunning(office)) process.kill(office, "SIGKILL");
    said.tokens += 300;
    // A reading speaks for three seconds at this interval; what comes then is unknown.
    await new Promise((passed) => void setTimeout(passed, 3500));
    await product.start();
    const bills = (await booked()).total.bills;
    await until(async () => (await booked()).total.bills > bills, "another interval was booked", 40_000);
    await expectBookedOnce();
    const after = await meter();
    expect(after.tokens_out).toBe(800);
    expect(after.unknown_ms).toBeGreaterThan(0);
    // All time of both GPUs is in one of the three; the two exporters answer at slightly different moments.
    const passed = Date.parse(after.measured_until ?? "") - Date.parse(before.measured_until ?? "");
    expect(Math.abs(counted(after) - counted(before) - 2 * passed)).toBeLessThan(3000);
  });

  it("says on the command line what it measured, and which exporter is away", async () => {
    said.isDown = true;
    await until(async () => (await meter()).exporters.every(({ problem }) => problem !== undefined), "it is away");
    const out = await run("meters", "--last", "1h");
    expect(out).toMatch(/h100 +2 +\d+\.\d\d/);
    expect(out).toMatch(/llama +h100 +8 +2\.4 k +800 /);
    expect(out).toContain("/gpus did not answer (reset");
    said.isDown = false;
    await until(async () => (await meter()).exporters.every(({ problem }) => problem === undefined), "it is back");
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function run(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args, "--url", product.control, "--data", product.dataFolder]);
    let out = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.on("close", () => resolve(out));
  });
}
