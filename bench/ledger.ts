/**
 * Speed of the ledger: entries a second from journal bytes to committed rows, and answers over many entries.
 *
 *     node bench/ledger.ts [--load 1000000] [--rounds 3] [--entries 10000000] [--threads CORES]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Analytics } from "#analytics";
import { JournalWriter } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { type AttemptDispatched, type AttemptSettled } from "#events";
import { instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../src/events/event-examples.ts";
import { callIdAt, fillLedger } from "./fill-ledger.ts";

const { values: options } = parseArgs({
  options: {
    load: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    entries: { type: "string", default: "10000000" },
    threads: { type: "string", default: `${Math.max(1, Math.floor(availableParallelism() / 2))}` },
  },
});

const START = 1_785_542_400_000;
const folder = mkdtempSync(join(tmpdir(), "bench-ledger-"));
const { disk, clock } = realWorld();
console.log(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, DuckDB threads ${options.threads}`,
);
try {
  if (Number(options.load) > 0) await measureLoading(Number(options.load));
  if (Number(options.entries) > 0) await measureQuestions(Number(options.entries));
} finally {
  rmSync(folder, { recursive: true });
}

async function open(name: string): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(join(folder, name), {
    memoryBytes: Math.floor(totalmem() / 4),
    threads: Number(options.threads),
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

async function measureLoading(count: number): Promise<void> {
  const journal = join(folder, "journal");
  writeJournal(journal, count);
  console.log("round  entries/s  µs each: clock  CPU  CPU of the main thread  most MiB");
  // Code is compiled during the first round; an office that has run for a while is like the others.
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    const name = `load-${round}.duckdb`;
    const store = await open(name);
    const loading = stopwatch();
    const mainBefore = process.threadCpuUsage();
    const progress = await new Ledger({ disk, clock, folder: journal, store }).catchUp();
    const { ms, cpuMs } = loading();
    const main = process.threadCpuUsage(mainBefore);
    const mainMs = (main.user + main.system) / 1000;
    if (progress.problems.length > 0 || (await store.counts()).entries !== count)
      throw new Error("not everything was loaded");
    const each = [ms, cpuMs, mainMs].map((spent) => ((spent * 1000) / count).toFixed(1));
    const mostMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(`${round}  ${Math.round(count / (ms / 1000))}  ${each.join("  ")}  ${mostMiB}`);
    store.close();
    rmSync(join(folder, name));
  }
  rmSync(journal, { recursive: true });
}

function writeJournal(journal: string, count: number): void {
  const writer = JournalWriter.open({
    disk,
    clock,
    folder: journal,
    node: "bench",
    thread: 0,
    incarnation: "a",
    fsync: "never",
  });
  if (!writer.ok) throw new Error(writer.error.type);
  const writing = stopwatch();
  for (let index = 0; index < count; index += 1) {
    const name = `019a0b1c2d3e${index.toString(16).padStart(16, "0")}`;
    for (const event of callLike(index, name)) writer.value.append(event);
  }
  writer.value.seal();
  console.log(`journal: ${((writing().ms * 1000) / (2 * count)).toFixed(1)} µs for each append`);
}

/** Two lines of 1.6 KB together, as the gateway writes them for a short answer of OpenAI. */
function callLike(index: number, name: string): readonly [AttemptDispatched, AttemptSettled] {
  const [input, output] = [300 + (index % 4000), 20 + (index % 700)];
  const attribution = {
    ...dispatched("").attribution,
    interaction: `interaction_${name}`,
    customer: `customer-${index % 200}`,
    user: `user-${(index * 7919) % 100_000}`,
  };
  const cost = { type: "priced", nanos: money(BigInt(input * 250 + output * 2000)) } as const;
  return [
    dispatched(name, { at: instant(START + index), attribution }),
    settled(name, {
      at: instant(START + index + 800),
      usage: { input_uncached: input, cache_read: 0, audio_in: 0, output_text: output, output_reasoning: 0 },
      reported: JSON.stringify({
        prompt_tokens: input,
        completion_tokens: output,
        total_tokens: input + output,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      }),
      cost,
      components: [
        {
          class: "input_uncached",
          quantity: input,
          rate: "0.25",
          nanos: money(BigInt(input * 250)),
          row: "seed:openai/gpt-5-mini:input_mtok",
        },
        {
          class: "output_text",
          quantity: output,
          rate: "2",
          nanos: money(BigInt(output * 2000)),
          row: "seed:openai/gpt-5-mini:output_mtok",
        },
      ],
      durationMs: 800 + Math.sin(index),
      firstByteMs: 200 + Math.cos(index),
      firstContentMs: 210 + Math.cos(index),
    }),
  ];
}

async function measureQuestions(count: number): Promise<void> {
  const filled = await open("questions.duckdb");
  const filling = stopwatch();
  await fillLedger(filled, count);
  filled.close();
  // A store that did not write its words itself knows them once it is opened: before, filters by word let nothing through.
  const store = await open("questions.duckdb");
  console.log(
    `filled ${count} entries in ${Math.round(filling().ms / 1000)} s, ${Math.round(statSync(join(folder, "questions.duckdb")).size / count)} bytes each`,
  );
  const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
  const all = { from: "2026-08-01T00:00:00Z", to: "2026-10-30T00:00:00Z", tz: "Europe/Berlin", filter: {} };
  const month = { ...all, from: "2026-09-30T00:00:00Z" };
  const feature = { feature: ["feature-3"] };
  const week = { ...all, from: "2026-10-20T00:00:00Z", to: "2026-10-27T00:00:00Z" };
  // Neither end is that of a day in UTC, by which the ledger keeps who was seen.
  const cut = { ...all, from: "2026-08-01T22:00:00Z", to: "2026-10-29T15:00:00Z" };
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["spend by day × model", () => analytics.spend({ ...all, by: ["day", "model"] })],
    ["spend by hour, one week", () => analytics.spend({ ...week, by: ["hour"] })],
    ["spend by feature", () => analytics.spend({ ...all, by: ["feature"] })],
    ["spend by month × team × layer", () => analytics.spend({ ...all, by: ["month", "team", "layer"] })],
    ["spend by day, one feature", () => analytics.spend({ ...all, by: ["day"], filter: feature })],
    ["spend by tag.release", () => analytics.spend({ ...all, by: ["tag.release"] })],
    ["spend by user, dearest 20 of 100,000", () => analytics.spend({ ...all, by: ["user"], limit: 20 })],
    ["latency by feature, one week", () => analytics.latency({ ...week, by: ["feature"] })],
    ["errors by day", () => analytics.errors({ ...all, by: ["day"] })],
    ["latest 50 calls", () => analytics.calls({ filter: {}, limit: 50 })],
    ["latest 50 calls with problems", () => analytics.calls({ state: "problems", filter: {}, limit: 50 })],
    [
      "latest 100 entries of one customer",
      () => analytics.entries({ filter: { customer: ["customer-7"] }, limit: 100 }),
    ],
    ["one call", () => analytics.call(callIdAt(count / 2, count))],
    ["one interaction", () => analytics.interaction(`interaction_${Math.floor(count / 6)}`, undefined)],
    ["newest 100 interactions", () => analytics.interactions({ sort: "newest", filter: {}, limit: 100 })],
    [
      "dearest 100 interactions of one feature, one week",
      () => analytics.interactions({ from: week.from, to: week.to, sort: "dearest", filter: feature, limit: 100 }),
    ],
    [
      "dearest 100 interactions, 90 days",
      () => analytics.interactions({ from: all.from, to: all.to, sort: "dearest", filter: {}, limit: 100 }),
    ],
    ["totals", () => analytics.totals()],
    ["what one of each costs, one week", () => analytics.unitCosts({ ...week, by: [] })],
    ["what one of each costs by feature, one week", () => analytics.unitCosts({ ...week, by: ["feature"] })],
    ["what one of each costs, 30 days", () => analytics.unitCosts({ ...month, by: [] })],
    ["what one of each costs, 90 days", () => analytics.unitCosts({ ...all, by: [] })],
    ["what one of each costs, 88.7 days that cut one", () => analytics.unitCosts({ ...cut, by: [] })],
    ["what one of each costs, one feature, 90 days", () => analytics.unitCosts({ ...all, by: [], filter: feature })],
  ];
  console.log("    ms  CPU ms  best of 8");
  for (const [name, ask] of questions) {
    const { ms, cpuMs } = await best(ask);
    console.log(`${ms.toFixed(0).padStart(6)}${cpuMs.toFixed(0).padStart(8)}  ${name}`);
  }
  console.log(`memory: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
  store.close();
}

/** The least of each: on a machine that does other things too, CPU time says more than the clock. */
async function best(ask: () => Promise<unknown>): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const times: { readonly ms: number; readonly cpuMs: number }[] = [];
  for (let round = 0; round < 8; round += 1) {
    const time = stopwatch();
    await ask();
    times.push(time());
  }
  return { ms: Math.min(...times.map(({ ms }) => ms)), cpuMs: Math.min(...times.map(({ cpuMs }) => cpuMs)) };
}

function stopwatch(): () => { readonly ms: number; readonly cpuMs: number } {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
  };
}
