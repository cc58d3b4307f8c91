/** Two instances behind nginx are restarted one after the other while calls and streams run: no client notices. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SimulatedProviders, startSimulatedProviders } from "#demo";
import { type Status } from "#contract";
import { realWorld } from "#world";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "./harness/free-port.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { Product, until } from "./harness/product.ts";
import { fault, recovers } from "./harness/faults.ts";

const SECRET = "tare-rolling-restart-key";
const CALLS_MAX = 20_000;
const folder = mkdtempSync(join(tmpdir(), "tare-rolling-"));
const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
if (!hasNginx) console.log("skipped: there is no nginx on this machine (Debian: apt-get install nginx)");

let providers: SimulatedProviders;
let products: readonly Product[] = [];
let nginx: ChildProcess | undefined;
let balancer = "";

beforeAll(async () => {
  if (!hasNginx) return;
  providers = await startSimulatedProviders({
    world: realWorld(),
    seed: 1,
    latency: {
      firstTokenMs: { median: 150, sigma: 0.3 },
      perTokenMs: { median: 4, sigma: 0.2 },
      perThousandInputMs: 0,
    },
  });
  products = ["one", "two"].map(
    (name) =>
      new Product({
        config: configuration(),
        folder: mkdtempSync(join(folder, name)),
        listen: "drain_delay: 1500ms",
        env: { SIMULATED_KEY: "sk-simulated" },
      }),
  );
  for (const product of products) await product.start();
  balancer = await startNginx(products.map(({ dataPlane }) => new URL(dataPlane).host));
});
afterAll(async () => {
  nginx?.kill("SIGTERM");
  for (const product of products) await product.stop();
  if (hasNginx) await providers.close();
  rmSync(folder, { recursive: true, force: true });
});

function configuration(): string {
  const lists: Readonly<Record<string, string>> = { openai: "openai", anthropic: "anthropic", gemini: "google" };
  const lines = providers.providers.map(
    ({ name, format, baseUrl }) =>
      `  ${name}: { format: ${format}, base_url: "${baseUrl}", api_key: "\${SIMULATED_KEY}", prices: ${lists[format]} }\n`,
  );
  return `providers:\n${lines.join("")}keys: [{ name: all, secret: ${SECRET} }]\n`;
}

async function startNginx(upstreams: readonly string[]): Promise<string> {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  // As docs/deploy.md has it, with what a process of no rights needs around it.
  writeFileSync(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
     events {}
     http {
       access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       upstream tare {
         ${upstreams.map((host) => `server ${host} max_fails=0;`).join(" ")}
         keepalive 32; keepalive_timeout 1s;
       }
       server {
         listen 127.0.0.1:${port};
         location / {
           proxy_pass http://tare; proxy_http_version 1.1; proxy_set_header Connection "";
           proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 600s;
         }
       }
     }`,
  );
  nginx = spawn("nginx", ["-c", file, "-p", folder, "-e", join(folder, "nginx.log")], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await statusOf(`${url}/readyz`)) === 200, "nginx answers");
  return url;
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url)).status;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function callsOf(product: Product): Promise<number> {
  await product.waitUntilBooked();
  const status = await product.api<Status>("/status");
  return status.ledger.entries;
}

it.skipIf(!hasNginx)("loses no call and no stream, and books each once", async () => {
  fault({
    name: "an instance is restarted behind a balancer",
    users: "nothing",
    lost: "nothing",
    recovery: "with its start; the others serve meanwhile",
    within: "10 s",
  });
  const load = runMixedCalls({ baseUrl: balancer, secret: SECRET, calls: CALLS_MAX, atOnce: 10, seed: 3 });
  for (const product of products) {
    await until(() => load.done() > 10, "calls run");
    const doneBefore = load.done();
    const stopped = product.stop();
    await until(async () => (await statusOf(`${product.dataPlane}/readyz`)) === 503, "it says that it is leaving");
    expect(await stopped).toBe(0);
    expect(load.done(), "calls ended while it was leaving").toBeGreaterThan(doneBefore);
    const startedAt = performance.now();
    await product.start();
    const isReady = async () => (await statusOf(`${product.dataPlane}/readyz`)) === 200;
    await recovers("an instance is restarted behind a balancer", isReady, startedAt);
  }
  load.enough();
  const { whole, ...rest } = await load.finished;
  expect(rest).toEqual({ refusedOrFailed: 0, broken: 0, said: [] });
  const booked = await Promise.all(products.map(callsOf));
  expect(booked.reduce((sum, calls) => sum + calls, 0)).toBe(whole);
  expect(Math.min(...booked)).toBeGreaterThan(20);
});
