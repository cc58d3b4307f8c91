/**
 * Whether anything grows over many calls: Tare with everything on is called until so many calls are counted out, while the
 * memory and open handles of both of its processes are sampled and the pages of a dashboard asked.
 *
 *     node bench/soak.ts [--calls 1000000] [--minutes 30] [--connections 32] [--every 10]
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { askBody } from "./gateway/canned.ts";
import { sleep, startTare } from "./gateway/contestants.ts";
import { type Load, type LoadResult } from "./gateway/load.ts";
import { processesOf } from "./gateway/process-tree.ts";
import { firstMessage } from "./gateway/first-message.ts";

const { values: options } = parseArgs({
  options: {
    calls: { type: "string", default: "1000000" },
    minutes: { type: "string", default: "30" },
    connections: { type: "string", default: "32" },
    every: { type: "string", default: "10" },
  },
});

/** Few enough that the load program ends each round in time, however busy the machine is. */
const ROUND_CALLS = 10_000;
/** In this part of a million calls the ledger's database fills the memory that it may take; all else is warm long before. */
const WARM_UP_SHARE = 0.7;
/** For each 100,000 calls; two samples differ by more because of collections. */
const GROWTH_MAX = 5;
const SAMPLES_MIN = 8;
const LOAD_CORE = "1";

interface Sample {
  readonly calls: number;
  readonly seconds: number;
  readonly gatewayMb: number;
  readonly gatewayHandles: number;
  readonly officeMb: number;
  readonly officeHandles: number;
}

process.on("SIGTERM", () => process.exit(1));
process.on("SIGINT", () => process.exit(1));
const folder = mkdtempSync(join(tmpdir(), "tare-soak-"));
const upstream = startProgram("upstream.ts");
const load = startProgram("load.ts");
const tare = await startTare(await firstMessage<number>(upstream), { folder, profile: false });
const startedMs = performance.now();
const samples: Sample[] = [];
let calls = 0;
try {
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${options.connections} connections`,
  );
  console.log("    calls  seconds  gateway MB  handles  office MB  handles");
  const before = (await tare.settle()) ?? 0;
  let isRunning = true;
  const watching = watch(() => isRunning);
  const wanted = Number(options.calls);
  while (calls < wanted && secondsSince(startedMs) < Number(options.minutes) * 60)
    calls += await callMany(Math.min(ROUND_CALLS, wanted - calls));
  isRunning = false;
  await watching;
  const booked = ((await tare.settle()) ?? 0) - before;
  console.log(`\n${calls} calls in ${Math.round(secondsSince(startedMs))} s became ${booked} entries`);
  if (booked !== calls) throw new Error("not every call is one entry");
  tellGrowth();
} finally {
  await tare.stop();
  for (const child of [upstream, load]) if (child.connected) child.disconnect();
  rmSync(folder, { recursive: true });
}

async function callMany(count: number): Promise<number> {
  const { port, path, headers } = tare;
  const asked: Load = {
    port,
    path,
    headers,
    body: askBody("whole"),
    connections: Number(options.connections),
    calls: count,
  };
  load.send(asked);
  const result = await firstMessage<LoadResult>(load);
  if (result.failed > 0)
    throw new Error(`${result.failed} of ${result.calls} failed; the first:\n${result.firstFailure}`);
  return result.calls;
}

/** Samples, and asks what a dashboard that stands open asks. */
async function watch(isRunning: () => boolean): Promise<void> {
  const token = readFileSync(join(folder, "tare/secrets/admin-token"), "utf8").trim();
  const words = readFileSync(`/proc/${tare.processId}/cmdline`, "utf8").split("\0");
  const control = `http://127.0.0.1:${words[words.indexOf("--control-port") + 1]}/api/v1`;
  const range = "from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z&tz=Europe/Berlin";
  const pages = [
    "/status",
    `/spend?by=day,model&${range}`,
    `/spend?by=hour&${range}`,
    `/latency?by=feature&${range}`,
    "/calls",
  ];
  while (isRunning()) {
    const sample = take();
    samples.push(sample);
    tell(sample);
    for (const page of pages) {
      const answer = await fetch(`${control}${page}`, { headers: { authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${page}: ${answer.status}`);
    }
    await sleep(Number(options.every) * 1000);
  }
}

function take(): Sample {
  const [gateway, office] = processesOf(tare.processId ?? 0);
  if (gateway === undefined || office === undefined) throw new Error("a process of Tare is gone");
  return {
    calls,
    seconds: secondsSince(startedMs),
    gatewayMb: gateway.residentMb,
    gatewayHandles: gateway.handles,
    officeMb: office.residentMb,
    officeHandles: office.handles,
  };
}

function tell({ calls: done, seconds, gatewayMb, gatewayHandles, officeMb, officeHandles }: Sample): void {
  const cells = [
    [done, 9],
    [seconds, 9],
    [gatewayMb, 12],
    [gatewayHandles, 9],
    [officeMb, 11],
    [officeHandles, 9],
  ] as const;
  console.log(cells.map(([value, width]) => value.toFixed(0).padStart(width)).join(""));
}

function tellGrowth(): void {
  const warm = samples.filter(({ calls: done }) => done >= calls * WARM_UP_SHARE);
  for (const name of ["gatewayMb", "gatewayHandles", "officeMb", "officeHandles"] as const) {
    const slope = slopeOf(warm.map((sample) => [sample.calls / 100_000, sample[name]]));
    const most = Math.max(...samples.map((sample) => sample[name]));
    const verdict =
      warm.length < SAMPLES_MIN
        ? "too few samples"
        : Math.abs(slope) <= GROWTH_MAX
          ? "flat"
          : slope < 0
            ? "shrinks"
            : "GROWS";
    console.log(
      `${name}: ${slope.toFixed(2)} for each 100,000 calls after warm-up, at most ${most.toFixed(0)}: ${verdict}`,
    );
  }
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const middle = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [middle(0), middle(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function secondsSince(fromMs: number): number {
  return (performance.now() - fromMs) / 1000;
}

function startProgram(name: string): ChildProcess {
  return fork(join(import.meta.dirname, "gateway", name), {
    execPath: "taskset",
    execArgv: ["-c", LOAD_CORE, process.execPath],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
}
