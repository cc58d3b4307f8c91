/**
 * What an answer from the cache costs, beside the same call made by the provider: user and system time of the gateway's
 * process and of everything, for 1.5 KB calls that are all alike over 32 connections.
 *
 *     node bench/cache.ts [--calls 40000] [--rounds 3]
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { askBody } from "./gateway/canned.ts";
import { type Load, type LoadResult } from "./gateway/load.ts";
import { cpuByThread, cpuSeconds } from "./gateway/process-tree.ts";
import { firstMessage } from "./gateway/first-message.ts";

const { values } = parseArgs({
  options: { calls: { type: "string", default: "40000" }, rounds: { type: "string", default: "3" } },
});
const CALLS = Number(values.calls);
const KEY = "tare-bench-key-0123456789";
const folder = mkdtempSync(join(tmpdir(), "tare-bench-cache-"));
const upstream = startProgram("upstream.ts");
const upstreamPort = await firstMessage<number>(upstream);
const load = startProgram("load.ts");
const [port, control] = [await freePort(), await freePort()];
const tare = await startTare();
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${CALLS} calls a round`);
  console.log("| | gateway thread, µs a call | everything, µs a call | calls/s | p50 ms |\n|---|---|---|---|---|");
  for (const [name, asked] of [
    ["made by the provider", { model: "plain", port, process: tare }],
    ["from the cache", { model: "cached", port, process: tare }],
    [
      "the least on this runtime: canned bytes from a raw socket",
      { model: "plain", port: upstreamPort, process: upstream },
    ],
  ] as const) {
    // V8 goes on compiling for some ten thousand calls.
    await run(asked, 30_000);
    const rounds: Measured[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await measure(asked));
    const { thread, everything, perSecond, p50 } = middleOf(rounds);
    console.log(
      `| ${name} | ${thread.toFixed(1)} | ${everything.toFixed(1)} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} |`,
    );
  }
} finally {
  tare.kill("SIGTERM");
  await new Promise((gone) => tare.once("exit", gone));
  for (const child of [upstream, load]) child.disconnect();
  rmSync(folder, { recursive: true });
}

interface Measured {
  readonly thread: number;
  readonly everything: number;
  readonly perSecond: number;
  readonly p50: number;
}

interface Asked {
  readonly model: string;
  readonly port: number;
  /** Whose time it is. */
  readonly process: ChildProcess;
}

async function measure(asked: Asked): Promise<Measured> {
  const id = idOf(asked.process);
  const before = { all: cpuSeconds(id), threads: cpuByThread(id) };
  const result = await run(asked, CALLS);
  // The ledger loads behind: what a call costs includes its entry.
  await new Promise((over) => setTimeout(over, 4_000));
  const threads = cpuByThread(id);
  const used = [...threads].map(([name, seconds]) => seconds - (before.threads.get(name) ?? 0));
  return {
    thread: (Math.max(...used) * 1e6) / CALLS,
    everything: ((cpuSeconds(id) - before.all) * 1e6) / CALLS,
    perSecond: CALLS / result.seconds,
    p50: result.latencies[Math.floor(CALLS / 2)] ?? NaN,
  };
}

async function run({ model, port: to }: Asked, calls: number): Promise<LoadResult> {
  const body = JSON.stringify({ ...(JSON.parse(askBody("whole")) as object), model });
  const headers = [`authorization: Bearer ${KEY}`];
  const asked: Load = { port: to, path: "/v1/chat/completions", headers, body, connections: 32, calls };
  load.send(asked);
  const result = await firstMessage<LoadResult>(load);
  if (result.failed > 0) throw new Error(`${result.failed} calls failed: ${result.firstFailure}`);
  return result;
}

async function startTare(): Promise<ChildProcess> {
  const openai = {
    format: "openai",
    base_url: `http://127.0.0.1:${upstreamPort}/v1`,
    api_key: "none",
    prices: "openai",
  };
  const targets = ["openai/gpt-5-mini"];
  const routes = { plain: { targets }, cached: { targets, cache: { exact: "1h" } } };
  const keys = [{ name: "bench", secret: KEY, team: "bench", feature: "bench" }];
  const config = join(folder, "tare.yaml");
  writeFileSync(config, JSON.stringify({ listen: { threads: 1 }, providers: { openai }, routes, keys }));
  const ports = ["--port", String(port), "--control-port", String(control)];
  const program = ["bin/tare.ts", "up", "--config", config, "--data", join(folder, "data"), ...ports];
  const child = spawn(process.execPath, program, { cwd: resolve(import.meta.dirname, ".."), stdio: "ignore" });
  for (const wanted of [port, control])
    while (!(await isOpen(wanted))) await new Promise((over) => setTimeout(over, 50));
  return child;
}

function isOpen(wanted: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ port: wanted, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => found(free));
    });
  });
}

function startProgram(name: string): ChildProcess {
  const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
  return fork(join(import.meta.dirname, "gateway", name), { stdio: [...stdio], serialization: "advanced" });
}

function idOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("it did not start");
  return child.pid;
}

function middleOf(rounds: readonly Measured[]): Measured {
  const middle = (read: (one: Measured) => number) =>
    rounds.map(read).toSorted((left, right) => left - right)[Math.floor(rounds.length / 2)] ?? NaN;
  return {
    thread: middle(({ thread }) => thread),
    everything: middle(({ everything }) => everything),
    perSecond: middle(({ perSecond }) => perSecond),
    p50: middle(({ p50 }) => p50),
  };
}
