/**
 * Speed of the ledger: entries a second from journal bytes to committed rows, and answers over many entries.
 *
 *     node bench/ledger.ts [--load 300000] [--entries 10000000] [--threads CORES]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Analytics } from "#analytics";
import { JournalWriter } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../src/events/event-examples.ts";

const { values: options } = parseArgs({
  options: {
    load: { type: "string", default: "300000" },
    entries: { type: "string", default: "10000000" },
    threads: { type: "string", default: `${Math.max(1, Math.floor(availableParallelism() / 2))}` },
  },
});

/** SQL for each column out of the row's number `i` of COUNT and a hash of it `h`. */
const made: Readonly<Record<string, string>> = {
  attempt: "'attempt_' || i",
  call: "'call_' || i",
  number: "1",
  incurred_at: "1785542400000 + i * 7776000000 // COUNT",
  quarter: "((1785542400000 + i * 7776000000 // COUNT) // 900000)::INTEGER",
  booked_at: "1785542400900 + i * 7776000000 // COUNT",
  kind: "'model'",
  purpose: "'answer'",
  layer: "CASE WHEN h % 40 = 0 THEN 'retries and fallbacks' ELSE 'model answers' END",
  state: "CASE WHEN h % 40 = 0 THEN 'failed' ELSE 'answered' END",
  delivered: "CASE WHEN h % 40 = 0 THEN 'none' ELSE 'full' END",
  is_net: "h % 40 <> 0",
  is_plain: "h % 100 <> 0",
  tenant: "'team-' || h % 8",
  interaction: "'interaction_' || i // 3",
  feature: "'feature-' || h // 8 % 20",
  team: "'team-' || h % 8",
  customer: "'customer-' || h // 160 % 200",
  user: "'user-' || h // 7 % 100000",
  environment: "'production'",
  session: "'session-' || i // 5",
  tags: "'{\"release\":\"r' || i * 40 // 10000000 || '\"}'",
  key: "'key_' || h % 30",
  route: "'support'",
  provider: "CASE WHEN h % 12 < 5 THEN 'openai' ELSE 'anthropic' END",
  target: "'provider/model-' || h % 12",
  model: "'model-' || h % 12 || '-2026-05-01'",
  format: "'openai'",
  operation: "'chat'",
  stream: "h % 2 = 0",
  tier: "'default'",
  status: "CASE WHEN h % 40 = 0 THEN 503 ELSE 200 END",
  error: "CASE WHEN h % 40 = 0 THEN 'upstream_503' END",
  upstream_id: "'chatcmpl-' || h",
  usage: "'{\"input_uncached\":' || h % 5000 || ',\"output_text\":' || h % 900 || '}'",
  tokens_in: "h % 5000",
  tokens_out: "h % 900",
  cost_type: "'priced'",
  nanos: "h % 90000000",
  net_nanos: "CASE WHEN h % 40 = 0 THEN 0 ELSE h % 90000000 END",
  estimated_nanos: "CASE WHEN h % 100 = 0 THEN h % 90000000 ELSE 0 END",
  unpriced: "0",
  in_doubt_nanos: "0",
  avoided_nanos: "0",
  components:
    '\'[{"class":"input_uncached","quantity":\' || h % 5000 || \',"rate":"2.5","nanos":"\' || h % 90000000 || \'","row":"r"}]\'',
  price_book: "'book-1'",
  sku: "'openai/model-' || h % 12",
  bound_type: "'proven'",
  bound_nanos: "h % 90000000 + 1000000",
  call_end: "true",
  calls: "1",
  attempts: "1",
  duration_ms: "300 + h % 4000 + h % 7 * 0.25",
  first_byte_ms: "120 + h % 900",
  first_content_ms: "130 + h % 900",
  overhead_ms: "0.2 + (h % 100) / 500",
};

const folder = mkdtempSync(join(tmpdir(), "bench-ledger-"));
const { disk, clock } = realWorld();
console.log(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, DuckDB threads ${options.threads}`,
);
try {
  await measureLoading(Number(options.load));
  await measureQuestions(Number(options.entries));
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
    writer.value.append(dispatched(name));
    writer.value.append(settled(name));
  }
  writer.value.seal();
  console.log(`journal: ${(writing().ms * 1000) / (2 * count)} µs for each append`);
  const store = await open("load.duckdb");
  const loading = stopwatch();
  const progress = await new Ledger({ disk, clock, folder: journal, store }).catchUp();
  const { ms, cpuMs } = loading();
  if (progress.problems.length > 0 || (await store.counts()).entries !== count)
    throw new Error("not everything was loaded");
  console.log(
    `load: ${Math.round(count / (ms / 1000))} entries/s; each ${((ms * 1000) / count).toFixed(1)} µs, ${((cpuMs * 1000) / count).toFixed(1)} µs of CPU`,
  );
  store.close();
}

async function measureQuestions(count: number): Promise<void> {
  const store = await open("questions.duckdb");
  const filling = stopwatch();
  await fill(store, count);
  console.log(
    `filled ${count} entries in ${Math.round(filling().ms / 1000)} s, ${Math.round(statSync(join(folder, "questions.duckdb")).size / count)} bytes each`,
  );
  const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
  const all = { from: "2026-08-01T00:00:00Z", to: "2026-10-30T00:00:00Z", tz: "Europe/Berlin", filter: {} };
  const week = { ...all, from: "2026-10-20T00:00:00Z", to: "2026-10-27T00:00:00Z" };
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["spend by day × model", () => analytics.spend({ ...all, by: ["day", "model"] })],
    ["spend by hour, one week", () => analytics.spend({ ...week, by: ["hour"] })],
    ["spend by feature", () => analytics.spend({ ...all, by: ["feature"] })],
    ["spend by month × team × layer", () => analytics.spend({ ...all, by: ["month", "team", "layer"] })],
    ["spend by day, one feature", () => analytics.spend({ ...all, by: ["day"], filter: { feature: ["feature-3"] } })],
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
    ["one call", () => analytics.call(`call_${count / 2}`)],
    ["one interaction", () => analytics.interaction(`interaction_${Math.floor(count / 6)}`, undefined)],
    ["totals", () => analytics.totals()],
    [
      "distinct users by day",
      () => store.query('SELECT incurred_at // 86400000, count(DISTINCT "user") FROM entries GROUP BY 1', []),
    ],
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

/** 90 days of entries as a busy company makes them: 12 models, 20 features, 200 customers, 100,000 users. */
async function fill(store: DuckDbStore, count: number): Promise<void> {
  const columns = await store.query(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'entries' ORDER BY ordinal_position",
    [],
  );
  const selected = columns.map(({ name }) => (made[String(name)] ?? "NULL").replaceAll("COUNT", `${count}`));
  await store.query(
    `INSERT INTO entries SELECT ${selected.join(", ")} FROM (SELECT i, (hash(i) >> 2)::BIGINT AS h FROM range(${count}) r(i))`,
    [],
  );
  await store.query("CHECKPOINT", []);
}

function stopwatch(): () => { readonly ms: number; readonly cpuMs: number } {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
  };
}
