/**
 * How many steps a second the running product takes, and what its calls notice of them: exporters send OTLP to the gateway,
 * which passes it to the office, which prices and journals it and loads it into the ledger, while calls come at a steady
 * rate. Rounds with and without spans take turns; at the end every step and every call is in the ledger.
 *
 *     node bench/steps.ts [--rate 20000] [--seconds 15] [--rounds 3] [--calls 100] [--exporters 4] [--ahead]
 *                         [--gateway-ahead]
 *
 * With `--ahead` the client and the provider run before everything else (`chrt`, as root): elsewhere they have machines of
 * their own, and what they wait for a core of this one is no time of the gateway's. With `--gateway-ahead` the threads of the
 * gateway do too, and only the office waits.
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { askBody } from "./gateway/canned.ts";
import { sleep, startTare } from "./gateway/contestants.ts";
import { type Load, type LoadResult } from "./gateway/load.ts";
import { cpuSeconds, processesOf } from "./gateway/process-tree.ts";
import { firstMessage } from "./gateway/first-message.ts";
import { ATTRIBUTES, makeBodies, renew, SPANS_IN_BODY } from "./span-bodies.ts";

const { values: options } = parseArgs({
  options: {
    rate: { type: "string", default: "20000" },
    seconds: { type: "string", default: "15" },
    rounds: { type: "string", default: "3" },
    calls: { type: "string", default: "100" },
    exporters: { type: "string", default: "4" },
    ahead: { type: "boolean", default: false },
    "gateway-ahead": { type: "boolean", default: false },
  },
});

const BODIES = 40;
const BOTH_CORES = "0,1";
const KEEP_ALIVE = new Agent({ keepAlive: true });

const folder = mkdtempSync(join(tmpdir(), "tare-steps-"));
const upstream = startProgram("upstream.ts");
const load = startProgram("load.ts");
const tare = await startTare(await firstMessage<number>(upstream), { folder, profile: false, cores: BOTH_CORES });
if (options["gateway-ahead"])
  execFileSync("chrt", ["--reset-on-fork", "--all-tasks", "--rr", "--pid", "10", String(tare.processId)]);
const bodies = makeBodies(BODIES);
let sent = 0;
let again = 0;
let number = 0;

try {
  const before = (await tare.settle()) ?? 0;
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`);
  console.log(
    `${ATTRIBUTES} attributes and ${Math.round((bodies[0]?.bytes.length ?? 0) / SPANS_IN_BODY)} bytes a step`,
  );
  let calls = (await round({ withSpans: false })).latencies.length;
  const [alone, beside]: [number[], number[]] = [[], []];
  const taken: number[] = [];
  let cpu = 0;
  let ownCpu = 0;
  for (let turn = 0; turn < Number(options.rounds); turn += 1) {
    const quiet = await round({ withSpans: false });
    alone.push(...quiet.latencies);
    const cpuBefore = cpuSeconds(tare.processId ?? 0);
    const ownBefore = process.cpuUsage();
    const busy = await round({ withSpans: true });
    const own = process.cpuUsage(ownBefore);
    ownCpu += own.user + own.system;
    beside.push(...busy.latencies);
    taken.push(busy.stepsPerSecond);
    await tare.settle();
    cpu += cpuSeconds(tare.processId ?? 0) - cpuBefore;
    calls += quiet.latencies.length + busy.latencies.length;
  }
  const booked = ((await tare.settle()) ?? 0) - before;
  const steps = sent * SPANS_IN_BODY;
  console.log(`steps taken a second, by round: ${taken.map(Math.round).join(", ")}; ${again} times 503 and sent again`);
  console.log(
    `${((cpu / steps) * 1e6).toFixed(1)} µs of CPU a step, calls and ledger included; the exporters took ${(ownCpu / steps).toFixed(1)} beside them`,
  );
  console.log(
    `memory at most, MB: ${processesOf(tare.processId ?? 0)
      .map(peakMb)
      .join(", ")} (gateway, office)`,
  );
  for (const share of [0.5, 0.9, 0.99])
    console.log(
      `calls, p${share * 100}: ${at(alone, share).toFixed(2)} ms alone, ${at(beside, share).toFixed(2)} ms beside, × ${(at(beside, share) / at(alone, share)).toFixed(2)}`,
    );
  console.log(`${booked} entries of ${steps} steps and ${calls} calls`);
} finally {
  await tare.stop();
  KEEP_ALIVE.destroy();
  for (const child of [upstream, load]) if (child.connected) child.disconnect();
  rmSync(folder, { recursive: true });
}

/** The most that a process has ever had in memory, as the kernel keeps it. */
function peakMb({ id }: { readonly id: number }): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, "latin1")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function at(latencies: readonly number[], share: number): number {
  return latencies.toSorted((one, other) => one - other)[Math.floor(latencies.length * share)] ?? Number.NaN;
}

async function round({ withSpans }: { withSpans: boolean }) {
  const seconds = Number(options.seconds);
  const perSecond = Number(options.calls);
  const { port, path, headers } = tare;
  const asked: Load = {
    port,
    path,
    headers,
    body: askBody("whole"),
    connections: 1,
    calls: seconds * perSecond,
    perSecond,
  };
  const startedMs = performance.now();
  const sentBefore = sent;
  let isOver = false;
  load.send(asked);
  const exporters = withSpans ? Array.from({ length: Number(options.exporters) }, () => sendSpans(() => isOver)) : [];
  const result = await firstMessage<LoadResult>(load);
  isOver = true;
  await Promise.all(exporters);
  if (result.failed > 0) throw new Error(`a call failed: ${result.firstFailure}`);
  const took = (performance.now() - startedMs) / 1000;
  return { latencies: result.latencies, stepsPerSecond: ((sent - sentBefore) * SPANS_IN_BODY) / took };

  /** One exporter: a batch after the other, each at its time. */
  async function sendSpans(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const mine = number;
      number += 1;
      const dueMs = startedMs + ((mine - sentBefore) * SPANS_IN_BODY * 1000) / Number(options.rate);
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const body = bodies[mine % BODIES];
      if (body === undefined) throw new Error("no body");
      renew(body, Math.floor(mine / BODIES));
      // Sent as it stands: there are many more bodies than exporters, so none is written over while it is on its way.
      for (let status = await post(body.bytes); status !== 200; status = await post(body.bytes)) {
        if (status !== 503) throw new Error(`spans were answered ${status}`);
        again += 1;
        await sleep(1000);
      }
      sent += 1;
    }
  }
}

async function post(body: Buffer): Promise<number> {
  const headers = { ...authorization(), "content-type": "application/x-protobuf", "content-length": body.length };
  return new Promise((resolve, reject) => {
    const sending = request(
      { port: tare.port, host: "127.0.0.1", path: "/v1/traces", method: "POST", agent: KEEP_ALIVE, headers },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

function authorization(): Readonly<Record<string, string>> {
  const [name = "", value = ""] = (tare.headers[0] ?? "").split(": ");
  return { [name]: value };
}

function startProgram(name: string): ChildProcess {
  return fork(join(import.meta.dirname, "gateway", name), {
    ...(options.ahead ? { execPath: "chrt", execArgv: ["--rr", "10", process.execPath] } : {}),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
}
