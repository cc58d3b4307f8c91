/**
 * What it costs to answer a client of another format: the same upstream and the same words, asked for once in the upstream's own
 * format and once in Anthropic's. Read the ratio: times depend on the machine.
 *
 *   node bench/translation.ts [--rounds 3] [--scale 1]
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { askBody } from "./gateway/canned.ts";
import { type Contestant, sleep, startTare } from "./gateway/contestants.ts";
import { type Load, type LoadResult } from "./gateway/load.ts";
import { cpuSeconds } from "./gateway/process-tree.ts";
import { firstMessage } from "./gateway/first-message.ts";

const LOAD_CORE = "1";
const scenarios = [
  { name: "1.5 KB call", kind: "whole", connections: 32, calls: 12_000, warmUp: 20_000 },
  { name: "60-chunk stream", kind: "stream", connections: 16, calls: 4_000, warmUp: 5_000 },
] as const;
type Kind = (typeof scenarios)[number]["kind"];

const ways = {
  "same format": (kind: Kind) => ({ path: "/v1/chat/completions", body: askBody(kind) }),
  translated: (kind: Kind) => ({ path: "/v1/messages", body: asMessages(askBody(kind)) }),
};
type Way = keyof typeof ways;

/** The same words as a message's request. */
function asMessages(chat: string): string {
  const { messages, stream, max_tokens } = JSON.parse(chat);
  const [{ content: system }, question] = messages;
  return JSON.stringify({ model: "openai/gpt-4o-mini", max_tokens, system, messages: [question], stream });
}

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, scale: { type: "string", default: "1" } },
});
const folder = mkdtempSync(join(tmpdir(), "tare-bench-"));
const upstream = startProgram("upstream.ts");
const load = startProgram("load.ts");
const tare = await startTare(await firstMessage<number>(upstream), { folder, profile: false });
try {
  const micros = new Map<string, number[]>();
  // V8 goes on compiling for some ten thousand calls.
  for (const scenario of scenarios)
    for (const way of ["same format", "translated"] as const)
      await run(tare, { scenario, way, calls: Math.ceil(scenario.warmUp * Number(options.scale)) });
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const scenario of scenarios) {
      for (const way of ["same format", "translated"] as const) {
        const taken = await measure(scenario, way);
        const key = `${scenario.name}, ${way}`;
        micros.set(key, [...(micros.get(key) ?? []), taken]);
        console.error(`${key}: ${taken.toFixed(1)} µs`);
      }
    }
  }
  console.log(`${cpus()[0]?.model}, Node ${process.version}; CPU of all of Tare for one call, medians`);
  for (const { name } of scenarios) {
    const [same, translated] = [median(micros.get(`${name}, same format`)), median(micros.get(`${name}, translated`))];
    const ratio = (translated / same).toFixed(2);
    console.log(`${name}: ${same.toFixed(0)} µs in its own format, ${translated.toFixed(0)} µs translated: × ${ratio}`);
  }
} finally {
  await tare.stop();
  for (const child of [upstream, load]) if (child.connected) child.disconnect();
  rmSync(folder, { recursive: true });
}

async function measure(scenario: (typeof scenarios)[number], way: Way): Promise<number> {
  const calls = Math.ceil(scenario.calls * Number(options.scale));
  await run(tare, { scenario, way, calls: Math.ceil(calls / 5) });
  await tare.settle();
  const before = used();
  const { failed, firstFailure } = await run(tare, { scenario, way, calls });
  if (failed > 0) throw new Error(`${failed} calls failed; the first:\n${firstFailure}`);
  await tare.settle();
  return ((used() - before) * 1e6) / calls;
}

function used(): number {
  return tare.processId === undefined ? 0 : cpuSeconds(tare.processId);
}

async function run(
  { port, headers }: Contestant,
  { scenario, way, calls }: { scenario: (typeof scenarios)[number]; way: Way; calls: number },
): Promise<LoadResult> {
  const { kind, connections } = scenario;
  load.send({ port, headers, connections, calls, ...ways[way](kind) } satisfies Load);
  const result = await firstMessage<LoadResult>(load);
  await sleep(200);
  return result;
}

function median(values: readonly number[] | undefined): number {
  return values?.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function startProgram(name: string): ChildProcess {
  return fork(join(import.meta.dirname, "gateway", name), {
    execPath: "taskset",
    execArgv: ["-c", LOAD_CORE, process.execPath],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
}
