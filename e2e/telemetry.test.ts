/** Spans and metrics of calls, as a collector gets them from a running server. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Entry, type EntryPage, type Status } from "#contract";
import { fault, recovers } from "./harness/faults.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { type CollectedSpan, type CollectedValue, OtlpCollector } from "./harness/otlp-collector.ts";
import { type Product, until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";

const TOKEN = "Bearer canary-collector-token-1f0c88";
const PROMPT = "canary-prompt-3e91";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const SERVER = 2;
const CLIENT = 3;

let collector: OtlpCollector;
let stage: Stage | undefined;
let secret = "";

async function raise(more = "", { protocol = "http/protobuf" } = {}): Promise<Product> {
  const otlp = `endpoint: "${collector.url}/in", protocol: ${protocol}, metrics_every: 1s, headers: { authorization: "\${TOKEN}" }`;
  stage = await setStage({
    seed: 5,
    latency: "none",
    config: `routes:
  support: { targets: [openai/gpt-5-mini, claude/claude-haiku-4-5], retries: 1, cache: { exact: 10m } }
telemetry: { otlp: { ${otlp}${more} } }
`,
    env: { TOKEN },
  });
  ({ secret } = await stage.product.createKey({ name: "app", team: "web" }));
  return stage.product;
}

beforeAll(async () => {
  collector = await new OtlpCollector().listen();
});
afterEach(async () => {
  await stage?.strike();
  stage = undefined;
});
afterAll(() => collector.close());

async function chat(
  product: Product,
  headers: Readonly<Record<string, string>> = {},
  more: object = {},
): Promise<Response> {
  const answer = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "support", messages: [{ role: "user", content: PROMPT }], ...more }),
  });
  await answer.text();
  return answer;
}

async function entriesOf(product: Product): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | undefined; ;) {
    const next = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: EntryPage = await product.api(`/entries?limit=1000${next}`);
    entries.push(...page.rows);
    if (page.cursor === undefined) return entries;
    ({ cursor } = page);
  }
}

function attempts(): readonly CollectedSpan[] {
  return collector.spans.filter(({ attributes }) => attributes["tare.attempt"] !== undefined);
}

/** Once every attempt of the ledger has its span. */
async function collected(product: Product): Promise<{ entries: readonly Entry[]; attempts: readonly CollectedSpan[] }> {
  await product.waitUntilBooked();
  const entries = await entriesOf(product);
  await until(() => attempts().length >= entries.length, "every attempt has its span");
  return { entries, attempts: attempts() };
}

function sumOf(values: readonly (CollectedValue | undefined)[]): bigint {
  return values.reduce((sum: bigint, value) => sum + BigInt(value ?? 0), 0n);
}

function totalOf(metric: string): number {
  return collector.points.filter((point) => point.metric === metric).reduce((sum, point) => sum + point.sum, 0);
}

describe.each(["http/protobuf", "http/json"])("by %s", (protocol) => {
  it("money and usage of spans and metrics are those of the ledger, and no word of a prompt or secret is in them", async () => {
    collector.spans.length = 0;
    collector.exports.length = 0;
    const product = await raise("", { protocol });
    const { finished } = runMixedCalls({ baseUrl: product.dataPlane, secret, calls: 120, atOnce: 8, seed: 3 });
    await finished;
    await chat(product, {
      traceparent: `00-${TRACE}-${PARENT}-01`,
      "x-tare-feature": "desk",
      "x-tare-user": "canary-user",
    });
    const { entries, attempts: spans } = await collected(product);

    expect(spans).toHaveLength(entries.length);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(entries.length);
    expect(sumOf(spans.map(({ attributes }) => attributes["tare.cost_nanos"]))).toBe(
      sumOf(entries.map(({ nanos }) => nanos)),
    );
    for (const entry of entries) {
      const span = spans.find(({ attributes }) => attributes["tare.attempt"] === entry.attempt);
      const usage = Object.entries(span?.attributes ?? {}).filter(([name]) => name.startsWith("tare.usage."));
      expect(
        Object.fromEntries(usage.map(([name, count]) => [name.slice("tare.usage.".length), Number(count)])),
      ).toEqual(entry.usage ?? {});
    }
    const said = (name: string) => Number(sumOf(spans.map(({ attributes }) => attributes[name])));
    await until(
      () =>
        totalOf("gen_ai.client.token.usage") === said("gen_ai.usage.input_tokens") + said("gen_ai.usage.output_tokens"),
      "metrics count what spans say",
    );
    const cost = collector.points.filter(({ metric }) => metric === "tare.cost");
    expect(cost.reduce((sum, { value }) => sum + value, 0n)).toBe(sumOf(entries.map(({ nanos }) => nanos)));
    const durations = collector.points.filter(({ metric }) => metric === "gen_ai.client.operation.duration");
    expect(durations.reduce((sum, { count }) => sum + count, 0n)).toBe(
      BigInt(entries.filter(({ kind }) => kind !== "cache").length),
    );

    const calls = collector.spans.filter(({ kind }) => kind === SERVER);
    expect(calls).toHaveLength(new Set(entries.map(({ call }) => call)).size);
    const traced = calls.find(({ traceId }) => traceId === TRACE);
    expect(traced).toMatchObject({
      parentSpanId: PARENT,
      name: "chat support",
      attributes: { "tare.feature": "desk", "tare.team": "web" },
    });
    const child = collector.spans.find(({ parentSpanId }) => parentSpanId === traced?.spanId);
    expect(child).toMatchObject({
      traceId: TRACE,
      kind: CLIENT,
      name: "chat gpt-5-mini",
      attributes: { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "server.address": "127.0.0.1" },
    });
    expect(collector.resource).toMatchObject({ "service.name": "tare" });
    for (const { path, headers, bytes } of collector.exports) {
      expect(path).toMatch(/^\/in\/v1\/(traces|metrics)$/);
      expect(headers).toMatchObject({ authorization: TOKEN, "content-encoding": "gzip" });
      for (const canary of [
        PROMPT,
        secret,
        TOKEN,
        "sk-simulated-canary-provider-key",
        "canary-user",
        product.adminToken,
      ])
        expect(bytes).not.toContain(canary);
    }
    const kept = product.files().map((file) => readFileSync(file, "latin1"));
    expect(kept.some((text) => text.includes(TOKEN))).toBe(false);
    expect(product.output).not.toContain(TOKEN);
  });
});

it(
  ...fault({
    name: "the collector of telemetry is away, then overloaded",
    users: "nothing: calls, the ledger and its pages go on; `tare status` tells why nothing is sent",
    lost: "nothing while the queue of 16 MiB has room (about 12,000 spans); then the newest spans, counted in tare_telemetry_spans_total",
    recovery: "with the next try, or when its Retry-After is over; a batch is given up after 5 minutes",
    within: "35 s",
  }),
  async () => {
    collector.spans.length = 0;
    await collector.close();
    // Spans alone: the status tells the newest problem, and that of the metrics would cover it every second.
    const product = await raise(", metrics: false");
    for (let count = 0; count < 20; count += 1) expect((await chat(product)).status).toBe(200);
    const telemetry = async () => (await product.api<Status>("/status")).telemetry;
    await until(async () => (await telemetry())?.problem === "traces: connect-refused", "the status says why");
    expect(await telemetry()).toMatchObject({ spans_sent: 0, spans_dropped: 0 });
    let refusals = 0;
    let askedAt = 0;
    collector.refuse = (_, response) => {
      if (refusals > 0) return false;
      refusals += 1;
      askedAt = performance.now();
      response.writeHead(503, { "retry-after": "2" }).end();
      return true;
    };
    collector.exports.length = 0;
    await collector.listen();
    const returnedAt = performance.now();
    const { entries } = await collected(product);
    await recovers("the collector of telemetry is away, then overloaded", () => attempts().length === 20, returnedAt);
    expect(entries).toHaveLength(20);
    const traces = collector.exports.filter(({ path }) => path.endsWith("/v1/traces"));
    const again = traces.find(({ at }) => at > askedAt + 5);
    if (traces[0] !== undefined && traces[0].at <= askedAt) expect((again?.at ?? 0) - askedAt).toBeGreaterThan(1_900);
    // The collector has them before the product has its answer.
    await until(async () => (await telemetry())?.spans_waiting === 0, "the last answer is read");
    expect(await telemetry()).toMatchObject({ spans_waiting: 0, spans_dropped: 0, spans_rejected: 0 });
    const metrics = await fetch(`${product.control}/metrics`).then((answer) => answer.text());
    expect(metrics).toContain(`tare_telemetry_spans_total{result="sent"} ${collector.spans.length}`);
    collector.refuse = () => false;
  },
);

it("what was sent is not sent again: not after a crash, nor when the whole ledger is loaded again", async () => {
  collector.spans.length = 0;
  const product = await raise();
  for (let count = 0; count < 5; count += 1) await chat(product);
  await collected(product);
  await product.kill("SIGKILL");
  await product.start();
  await chat(product);
  // What it has when it is told to end is sent before it ends.
  expect(await product.stop()).toBe(0);
  const sent = collector.spans.length;
  expect(sent).toBe(12);
  rmSync(join(product.dataFolder, "ledger.duckdb"));
  await product.start();
  await chat(product);
  const { entries } = await collected(product);
  expect(entries).toHaveLength(7);
  const ids = collector.spans.map(({ spanId }) => spanId);
  expect(new Set(ids).size).toBe(14);
  expect(ids).toHaveLength(14);
});
