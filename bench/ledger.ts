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
import { type AttemptDispatched, type AttemptSettled } from "#events";
import { instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../src/events/event-examples.ts";
import { rolledSql } from "../src/ledger/rolled-rows.ts";

const { values: options } = parseArgs({
  options: {
    load: { type: "string", default: "300000" },
    entries: { type: "string", default: "10000000" },
    threads: { type: "string", default: `${Math.max(1, Math.floor(availableParallelism() / 2))}` },
  },
});

interface Made {
  /** SQL for the column out of the row's number `i` of COUNT and a hash of it `h`; for words a number from 0 on. */
  readonly sql: string;
  /** SQL for the word of number `n`, and how many there are. */
  readonly word?: string;
  readonly words?: number;
}

const made: Readonly<Record<string, Made>> = {
  attempt: { sql: "'attempt_' || lpad(to_hex(h), 28, '0')" },
  call: { sql: "'call_' || i" },
  number: { sql: "1" },
  incurred_at: { sql: "1785542400000 + i * 7776000000 // COUNT" },
  quarter: { sql: "((1785542400000 + i * 7776000000 // COUNT) // 900000)::INTEGER" },
  booked_at: { sql: "1785542400900 + i * 7776000000 // COUNT" },
  kind: oneWord("model"),
  purpose: oneWord("answer"),
  layer: words("h % 40 = 0", "CASE n WHEN 1 THEN 'retries and fallbacks' ELSE 'model answers' END", 2),
  state: words("h % 40 = 0", "CASE n WHEN 1 THEN 'failed' ELSE 'answered' END", 2),
  delivered: words("h % 40 = 0", "CASE n WHEN 1 THEN 'none' ELSE 'full' END", 2),
  is_net: { sql: "h % 40 <> 0" },
  is_plain: { sql: "h % 100 <> 0" },
  tenant: words("h % 8", "'team-' || n", 8),
  interaction: { sql: "'interaction_' || i // 3" },
  feature: words("h // 8 % 20", "'feature-' || n", 20),
  team: words("h % 8", "'team-' || n", 8),
  customer: words("h // 160 % 200", "'customer-' || n", 200),
  user: words("h // 7 % 100000", "'user-' || n", 100_000),
  environment: oneWord("production"),
  session: words("i // 5", "'session-' || n", Number(options.entries) / 5),
  tags: words("i * 40 // COUNT", "'{\"release\":\"r' || n || '\"}'", 40),
  key: words("h % 30", "'key_' || n", 30),
  route: oneWord("support"),
  provider: words("h % 12 < 5", "CASE n WHEN 1 THEN 'openai' ELSE 'anthropic' END", 2),
  target: words("h % 12", "'provider/model-' || n", 12),
  model: words("h % 12", "'model-' || n || '-2026-05-01'", 12),
  format: oneWord("openai"),
  operation: oneWord("chat"),
  stream: { sql: "h % 2 = 0" },
  tier: oneWord("default"),
  status: { sql: "CASE WHEN h % 40 = 0 THEN 503 ELSE 200 END" },
  error: words("CASE WHEN h % 40 = 0 THEN 0 END", "'upstream_503'", 1),
  detail: {
    sql:
      '\'{"upstream_id":"chatcmpl-\' || h || \'","usage":{"input_uncached":\' || h % 5000 || \',"output_text":\' || h % 900 || ' +
      '\'},"components":[{"class":"input_uncached","quantity":\' || h % 5000 || \',"rate":"2.5","nanos":"\' || h % 90000000 || ' +
      '\'","row":"r"}]}\'',
  },
  tokens_in: { sql: "h % 5000" },
  tokens_out: { sql: "h % 900" },
  cost_type: oneWord("priced"),
  nanos: { sql: "h % 90000000" },
  net_nanos: { sql: "CASE WHEN h % 40 = 0 THEN 0 ELSE h % 90000000 END" },
  estimated_nanos: { sql: "CASE WHEN h % 100 = 0 THEN h % 90000000 ELSE 0 END" },
  unpriced: { sql: "0" },
  in_doubt_nanos: { sql: "0" },
  avoided_nanos: { sql: "0" },
  price_book: oneWord("book-1"),
  sku: words("h % 12", "'openai/model-' || n", 12),
  bound_type: oneWord("proven"),
  bound_nanos: { sql: "h % 90000000 + 1000000" },
  call_end: { sql: "true" },
  calls: { sql: "1" },
  attempts: { sql: "1" },
  duration_ms: { sql: "300 + h % 4000 + h % 7 * 0.25" },
  first_byte_ms: { sql: "120 + h % 900" },
  first_content_ms: { sql: "130 + h % 900" },
  overhead_ms: { sql: "0.2 + (h % 100) / 500" },
};

function words(sql: string, word: string, count: number): Made {
  return { sql: `(${sql})::BIGINT`, word, words: count };
}

function oneWord(word: string): Made {
  return words("0", `'${word}'`, 1);
}

const START = 1_785_542_400_000;
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
    for (const event of callLike(index, name)) writer.value.append(event);
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
    ["distinct users by day", () => distinctUsersByDay(store)],
  ];
  console.log("    ms  CPU ms  best of 8");
  for (const [name, ask] of questions) {
    const { ms, cpuMs } = await best(ask);
    console.log(`${ms.toFixed(0).padStart(6)}${cpuMs.toFixed(0).padStart(8)}  ${name}`);
  }
  console.log(`memory: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
  store.close();
}

/** No page asks it yet. One bit for each user and day: a set of numbers takes five times as long. */
async function distinctUsersByDay(store: DuckDbStore): Promise<unknown> {
  const [row] = await store.query(
    'SELECT min("user")::BIGINT AS first, max("user")::BIGINT AS last FROM entry_rows',
    [],
  );
  const [first, last] = [Number(row?.["first"]), Number(row?.["last"])];
  return store.query(
    `SELECT quarter // 96 AS day, bit_count(bitstring_agg("user"::BIGINT - ${first}, 0, ${last - first})) AS users
     FROM entry_rows GROUP BY day`,
    [],
  );
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
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'entry_rows' ORDER BY ordinal_position",
    [],
  );
  const selected: string[] = [];
  for (const { name } of columns) {
    const { sql, word, words: different } = made[String(name)] ?? { sql: "NULL" };
    selected.push(word === undefined ? sql : await coded(store, { sql, word, count: different ?? 1 }));
  }
  const all = selected.join(", ").replaceAll("COUNT", `${count}`);
  await store.query(
    `INSERT INTO entry_rows SELECT ${all} FROM (SELECT i, (hash(i) >> 2)::BIGINT AS h FROM range(${count}) r(i))`,
    [],
  );
  await store.query(`INSERT INTO rolled_rows ${rolledSql("entry_rows")}`, [0n, 2_147_483_647n]);
  await store.checkpoint();
}

/** Writes the words that are not there, and gives SQL for the code of a row's. Codes of new words follow each other. */
async function coded(
  store: DuckDbStore,
  { sql, word, count }: { readonly sql: string; readonly word: string; readonly count: number },
): Promise<string> {
  const list = `(SELECT n, ${word} AS word FROM range(${count}) r(n))`;
  await store.query(
    `INSERT INTO words SELECT (SELECT max(code) FROM words) + row_number() OVER (ORDER BY n), word
     FROM ${list} WHERE word NOT IN (SELECT word FROM words)`,
    [],
  );
  const found = await store.query(
    `SELECT n, code::BIGINT AS code FROM ${list} JOIN words USING (word) ORDER BY n${count > 1000 ? " LIMIT 1" : ""}`,
    [],
  );
  if (count > 1000) return `${sql} + ${Number(found[0]?.["code"])}`;
  return `CASE ${sql} ${found.map(({ n, code }) => `WHEN ${Number(n)} THEN ${Number(code)}`).join(" ")} END`;
}

function stopwatch(): () => { readonly ms: number; readonly cpuMs: number } {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
  };
}
