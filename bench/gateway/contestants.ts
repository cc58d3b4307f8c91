import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";

/** A gateway that is up, in front of the bench's upstream. */
export interface Contestant {
  readonly name: string;
  /** Root of its process tree; undefined for none in between. */
  readonly processId: number | undefined;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly string[];
  /** Waits until what was called is also in the books, where there are any; tells how many entries there are. */
  settle(): Promise<number | undefined>;
  stop(): Promise<void>;
}

const GATEWAY_CORE = "0";
const START_TIMEOUT_MS = 30_000;
const here = import.meta.dirname;
const root = resolve(here, "../..");
const path = "/v1/chat/completions";

export function noGateway(upstream: number): Contestant {
  const headers = ["authorization: Bearer sk-bench"];
  return { name: "none", processId: undefined, port: upstream, path, headers, settle: noBooks, stop: async () => {} };
}

/** A plain reverse proxy: one worker, connections upstream kept alive, no log, no buffering. */
export async function startNginx(upstream: number, folder: string): Promise<Contestant> {
  const port = await freePort();
  const home = join(folder, "nginx");
  mkdirSync(home, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  writeFileSync(
    join(home, "nginx.conf"),
    `daemon off; master_process on; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log crit;
    events { worker_connections 1024; }
    http { access_log off; keepalive_requests 100000000; tcp_nodelay on; ${temporary.join(" ")}
      upstream bench { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 100000000; }
      server { listen 127.0.0.1:${port}; location / {
        proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } } }`,
  );
  const child = start("nginx", ["-p", home, "-c", join(home, "nginx.conf"), "-e", join(home, "error.log")]);
  await untilOpen(port, child);
  const headers = ["authorization: Bearer sk-bench"];
  return { name: "nginx", processId: idOf(child), port, path, headers, settle: noBooks, stop: () => end(child) };
}

export async function startBare(upstream: number): Promise<Contestant> {
  const port = await freePort();
  const child = start(process.execPath, [join(here, "bare.ts"), String(upstream), String(port)]);
  await untilOpen(port, child);
  const headers = ["authorization: Bearer sk-bench"];
  return { name: "bare node", processId: idOf(child), port, path, headers, settle: noBooks, stop: () => end(child) };
}

export async function startPortkey(upstream: number): Promise<Contestant> {
  const script = join(here, "node_modules/@portkey-ai/gateway/build/start-server.js");
  if (!existsSync(script)) await install();
  const port = await freePort();
  const child = start(process.execPath, [script, "--headless", `--port=${port}`]);
  await untilOpen(port, child);
  const headers = [
    "authorization: Bearer sk-bench",
    "x-portkey-provider: openai",
    `x-portkey-custom-host: http://127.0.0.1:${upstream}/v1`,
  ];
  return { name: "portkey", processId: idOf(child), port, path, headers, settle: noBooks, stop: () => end(child) };
}

/** Everything on: a key, prices, the journal with its default fsync, and the ledger in its own process. */
export async function startTare(
  upstream: number,
  options: { folder: string; profile: boolean; budgets?: boolean; cores?: string },
): Promise<Contestant> {
  const name = options.budgets === true ? "budgets" : "tare";
  const [port, control] = [await freePort(), await freePort()];
  const data = join(options.folder, name);
  const config = join(options.folder, `${name}.yaml`);
  const openai = {
    format: "openai",
    base_url: `http://127.0.0.1:${upstream}/v1`,
    api_key: "${BENCH_PROVIDER_KEY}",
    prices: "openai",
  };
  const key = { name: "bench", secret: "${BENCH_KEY}", team: "bench", feature: "bench" };
  // A machine that is busy with other things would have its calls refused, and a refusal costs less than a call.
  writeFileSync(
    config,
    JSON.stringify({
      providers: { openai },
      keys: [key],
      limits: { lag: "10s" },
      budgets: options.budgets === true ? sixScopes : [],
    }),
  );
  const profiled = options.profile ? ["--cpu-prof", `--cpu-prof-dir=${join(options.folder, "profile")}`] : [];
  const program = ["bin/tare.ts", "up", "--config", config, "--data", data];
  const ports = ["--port", String(port), "--control-port", String(control)];
  const env = { ...process.env, BENCH_PROVIDER_KEY: "sk-bench", BENCH_KEY: "tare-bench-key-0123456789" };
  const child = start(process.execPath, [...profiled, ...program, ...ports], { env, cores: options.cores });
  await untilOpen(port, child);
  await untilOpen(control, child);
  const token = readFileSync(join(data, "secrets/admin-token"), "utf8").trim();
  const headers = ["authorization: Bearer tare-bench-key-0123456789"];
  const settle = () => untilBooked(control, token);
  return { name, processId: idOf(child), port, path, headers, settle, stop: () => end(child) };
}

/** All of them hold each call. */
const sixScopes = [
  "everything",
  { team: "bench" },
  { user: "*" },
  { key: "*" },
  { provider: "openai" },
  { team: "bench", feature: "*" },
].map((scope, index) => ({ name: `scope-${index}`, scope, per: "month", limit: "1000000 USD" }));

async function untilBooked(control: number, token: string): Promise<number> {
  let before = -1;
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    const answer = await fetch(`http://127.0.0.1:${control}/api/v1/status`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const status = (await answer.json()) as { journal: { bytes_not_loaded: number }; ledger: { entries: number } };
    const { entries } = status.ledger;
    if (status.journal.bytes_not_loaded === 0 && entries === before) return entries;
    before = entries;
    await sleep(500);
  }
  throw new Error("the ledger does not catch up");
}

async function noBooks(): Promise<undefined> {
  return undefined;
}

function start(
  program: string,
  parameters: readonly string[],
  { env = process.env, cores = GATEWAY_CORE }: { env?: NodeJS.ProcessEnv; cores?: string | undefined } = {},
): ChildProcess {
  const child = spawn("taskset", ["-c", cores, program, ...parameters], {
    cwd: root,
    env,
    stdio: ["ignore", "ignore", process.env["BENCH_VERBOSE"] === undefined ? "ignore" : "inherit"],
  });
  // However the bench ends, nothing that it started stays behind.
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

function idOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`could not start ${child.spawnfile}`);
  return child.pid;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
}

async function install(): Promise<void> {
  const child = spawn("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here,
    stdio: "inherit",
  });
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error("the peer could not be installed");
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined) return;
    await sleep(100);
  }
  throw new Error(`nothing answers on port ${port}`);
}

export async function sleep(delayMs: number): Promise<void> {
  await new Promise((done) => setTimeout(done, delayMs));
}
