/**
 * What one call costs in Tare with everything on, beside nginx as a plain reverse proxy and Portkey, in one run on one
 * machine. Read the ratios: times depend on the machine. Gateways are pinned to one core, load and upstream to another.
 *
 *   node bench/gateway.ts [--rounds 3] [--only none,nginx,bare,portkey,tare,budgets] [--scenarios 1,2,3,4]
 *                         [--scale 1] [--threads] [--profile FOLDER]
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { askBody } from "./gateway/canned.ts";
import {
  type Contestant,
  noGateway,
  sleep,
  startBare,
  startNginx,
  startPortkey,
  startTare,
} from "./gateway/contestants.ts";
import { type Load, type LoadResult } from "./gateway/load.ts";
import { cpuByThread, cpuSeconds, residentMb } from "./gateway/process-tree.ts";
import { firstMessage } from "./gateway/first-message.ts";

interface Scenario {
  readonly name: string;
  readonly kind: "whole" | "stream" | "paced";
  readonly connections: number;
  /** For nginx and Tare; Portkey gets a quarter, which still takes longest. */
  readonly calls: number;
  /** Made by each gateway before the first round, Portkey's too: V8 goes on compiling for some ten thousand calls. */
  readonly warmUp: number;
  readonly perSecond?: number;
}

const allScenarios: readonly Scenario[] = [
  { name: "1.5 KB call, 32 connections", kind: "whole", connections: 32, calls: 24_000, warmUp: 40_000 },
  {
    name: "60-chunk stream, back to back, 16 connections",
    kind: "stream",
    connections: 16,
    calls: 6_000,
    warmUp: 8_000,
  },
  { name: "60-chunk stream, 1 ms a chunk, 20 at once", kind: "paced", connections: 20, calls: 1_600, warmUp: 1_600 },
  {
    name: "1.5 KB call, 1 connection, 200 a second",
    kind: "whole",
    connections: 1,
    calls: 1_000,
    warmUp: 1_000,
    perSecond: 200,
  },
];
const LOAD_CORE = "1";

interface Measured {
  readonly contestant: string;
  readonly scenario: string;
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMb: number;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "none,nginx,bare,portkey,tare" },
    scale: { type: "string", default: "1" },
    scenarios: { type: "string", default: "1,2,3,4" },
    profile: { type: "string" },
    threads: { type: "boolean", default: false },
  },
});

const scenarios = options.scenarios.split(",").flatMap((number) => allScenarios[Number(number) - 1] ?? []);
process.on("SIGTERM", () => process.exit(1));
process.on("SIGINT", () => process.exit(1));
process.on("uncaughtException", (error) => {
  console.error(error);
  process.exit(1);
});
const folder = mkdtempSync(join(tmpdir(), "tare-bench-"));
const upstream = startProgram("upstream.ts");
const upstreamPort = await firstMessage<number>(upstream);
const load = startProgram("load.ts");
const contestants: Contestant[] = [];
try {
  for (const name of options.only.split(",")) contestants.push(await startContestant(name));
  const measured: Measured[] = [];
  for (const scenario of scenarios)
    for (const contestant of contestants)
      await run(contestant, scenario, Math.ceil(scenario.warmUp * Number(options.scale)));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const scenario of scenarios) {
      for (const contestant of contestants) {
        const result = await measure(contestant, scenario);
        if (result !== undefined) measured.push(result);
        console.error(`${contestant.name}, ${scenario.name}: ${result?.cpuMicros.toFixed(1) ?? "failed"} µs`);
      }
    }
  }
  report(measured);
} finally {
  for (const contestant of contestants) await contestant.stop();
  for (const child of [upstream, load]) if (child.connected) child.disconnect();
  rmSync(folder, { recursive: true });
}

async function startContestant(name: string): Promise<Contestant> {
  switch (name) {
    case "none":
      return noGateway(upstreamPort);
    case "nginx":
      return startNginx(upstreamPort, folder);
    case "bare":
      return startBare(upstreamPort);
    case "portkey":
      return startPortkey(upstreamPort);
    case "budgets":
      return startTare(upstreamPort, { folder, profile: false, budgets: true });
    case "tare":
      return startTare(upstreamPort, { folder: options.profile ?? folder, profile: options.profile !== undefined });
    default:
      throw new Error(`no contestant ${name}`);
  }
}

async function measure(contestant: Contestant, scenario: Scenario): Promise<Measured | undefined> {
  const share = contestant.name === "portkey" && scenario.perSecond === undefined ? 4 : 1;
  const calls = Math.ceil((scenario.calls * Number(options.scale)) / share);
  await run(contestant, scenario, Math.ceil(calls / 5));
  const entriesBefore = await contestant.settle();
  const before = usedBy(contestant);
  const result = await run(contestant, scenario, calls);
  const entries = await contestant.settle();
  const after = usedBy(contestant);
  if (options.threads) sayThreads({ before: before.threads, after: after.threads, calls });
  if (result.failed > 0) {
    console.error(`${contestant.name}: ${result.failed} of ${result.calls} failed; the first:\n${result.firstFailure}`);
    return undefined;
  }
  if (entries !== undefined && entriesBefore !== undefined && entries - entriesBefore !== calls) {
    throw new Error(`${calls} calls became ${entries - entriesBefore} entries`);
  }
  return {
    contestant: contestant.name,
    scenario: scenario.name,
    cpuMicros: ((after.seconds - before.seconds) * 1e6) / calls,
    perSecond: calls / result.seconds,
    p50: result.latencies[Math.floor(calls * 0.5)] ?? Number.NaN,
    p99: result.latencies[Math.floor(calls * 0.99)] ?? Number.NaN,
    residentMb: after.residentMb,
  };
}

interface Used {
  readonly seconds: number;
  readonly residentMb: number;
  readonly threads: ReadonlyMap<string, number>;
}

function usedBy({ processId }: Contestant): Used {
  if (processId === undefined) return { seconds: 0, residentMb: 0, threads: new Map() };
  return { seconds: cpuSeconds(processId), residentMb: residentMb(processId), threads: cpuByThread(processId) };
}

type Threads = ReadonlyMap<string, number>;

function sayThreads({ before, after, calls }: { before: Threads; after: Threads; calls: number }): void {
  for (const [name, seconds] of after) {
    const micros = ((seconds - (before.get(name) ?? 0)) * 1e6) / calls;
    if (micros >= 1) console.error(`  ${name}: ${micros.toFixed(1)} µs`);
  }
}

async function run(contestant: Contestant, scenario: Scenario, calls: number): Promise<LoadResult> {
  const { port, path, headers } = contestant;
  const { connections, perSecond, kind } = scenario;
  const asked: Load = {
    port,
    path,
    headers,
    body: askBody(kind),
    connections,
    calls,
    ...(perSecond !== undefined && { perSecond }),
  };
  load.send(asked);
  const result = await firstMessage<LoadResult>(load);
  await sleep(200);
  return result;
}

function startProgram(name: string): ChildProcess {
  return fork(join(import.meta.dirname, "gateway", name), {
    execPath: "taskset",
    execArgv: ["-c", LOAD_CORE, process.execPath],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
}

function say(program: string, ...words: string[]): string {
  return execFileSync(program, words, { encoding: "utf8" }).trim();
}

function report(measured: readonly Measured[]): void {
  const [processor] = cpus();
  console.log(
    `${new Date().toISOString().slice(0, 16)}Z, commit ${say("git", "rev-parse", "--short", "HEAD")}, ${cpus().length} × ` +
      `${processor?.model}, Linux ${say("uname", "-r")}, Node ${process.version}, ` +
      `medians of ${options.rounds} interleaved rounds\n`,
  );
  for (const { name } of scenarios) {
    const rows = contestants.flatMap((contestant) => {
      const same = measured.filter((row) => row.scenario === name && row.contestant === contestant.name);
      return same.length === 0 ? [] : [middleOf(same)];
    });
    console.log(`**${name}**\n\n| | CPU µs | calls/s | p50 ms | p99 ms | resident MB |\n|---|---|---|---|---|---|`);
    for (const row of rows) {
      const cells = [row.cpuMicros.toFixed(1), row.perSecond.toFixed(0), row.p50.toFixed(2), row.p99.toFixed(2)];
      console.log(`| ${row.contestant} | ${cells.join(" | ")} | ${row.residentMb.toFixed(0)} |`);
    }
    sayRatios(rows);
  }
}

function sayRatios(rows: readonly Measured[]): void {
  const micros = (name: string): number => rows.find((row) => row.contestant === name)?.cpuMicros ?? Number.NaN;
  const toNginx = (micros("tare") / micros("nginx")).toFixed(1);
  const toPortkey = (micros("portkey") / micros("tare")).toFixed(1);
  console.log(`\nTare takes ${toNginx} × nginx's CPU; Portkey takes ${toPortkey} × Tare's.\n`);
}

function middleOf(rows: readonly Measured[]): Measured {
  const [first] = rows;
  if (first === undefined) throw new Error("nothing was measured");
  const middle = (read: (row: Measured) => number): number =>
    rows.map(read).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)] ?? Number.NaN;
  return {
    contestant: first.contestant,
    scenario: first.scenario,
    cpuMicros: middle((row) => row.cpuMicros),
    perSecond: middle((row) => row.perSecond),
    p50: middle((row) => row.p50),
    p99: middle((row) => row.p99),
    residentMb: middle((row) => row.residentMb),
  };
}
