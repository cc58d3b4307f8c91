import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { instant } from "#units";
import { realWorld, type World } from "#world";
import { demoConfiguration } from "./demo-configuration.ts";
import { demoFeatures } from "./features.ts";
import { builtInTrace } from "./built-in-trace.ts";
import { type PlannedUse, planUses } from "./plan-uses.ts";
import { toldUse } from "./told-use.ts";
import { openTrace, type Trace } from "./trace-file.ts";
import { startWorkload, type Workload, type WorkloadOptions } from "./workload.ts";

describe("the workload", () => {
  const closing: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  test("is the same for the same seed and another for another one", () => {
    expect(digest("a")).toBe(digest("a"));
    expect(digest("a")).not.toBe(digest("b"));
  });

  test("begins with a few hundred calls in ten seconds and goes on with a few a second", () => {
    const uses = plan("a", 1000);
    const callsUntil = (ms: number): number =>
      uses.filter(({ atMs }) => atMs < ms).reduce((sum, { calls }) => sum + calls.length, 0);
    expect(callsUntil(10_000)).toBeGreaterThan(150);
    expect(callsUntil(10_000)).toBeLessThan(600);
    const perSecond = (callsUntil(130_000) - callsUntil(10_000)) / 120;
    expect(perSecond).toBeGreaterThan(1);
    expect(perSecond).toBeLessThan(6);
  });

  test("uses every feature, goes on with sessions, and now and then hangs up or has a bad key", () => {
    const uses = plan("a", 2000);
    const features = new Set(uses.map(({ attribution }) => attribution["x-tare-feature"]));
    expect(features).toEqual(new Set(demoFeatures.map(({ name }) => name)));
    const sessions = new Set(uses.map(({ attribution }) => attribution["x-tare-session"]));
    expect(sessions.size).toBeLessThan(1500);
    expect(uses.some(({ hangUpAfterMs }) => hangUpAfterMs !== undefined)).toBe(true);
    expect(uses.some(({ hasBadKey }) => hasBadKey)).toBe(true);
  });

  test("tells what came of most uses of three features, and of the work between the calls, by spans that OTLP takes", () => {
    const uses = plan("a", 2000);
    const [from, to] = [instant(1_790_000_000_000), instant(1_790_000_001_500)];
    const told = uses.map((use) => {
      const steps = use.steps.map((step) => ({ step, from, to }));
      return String(toldUse(use, { from, to, steps, isWhole: true }).body);
    });
    expect(told.every((body) => /"traceId":"[0-9a-f]{32}","spanId":"[0-9a-f]{16}"/.test(body))).toBe(true);
    const outcomes = told.filter((body) => body.includes("tare.outcome.success"));
    expect(outcomes.length).toBeGreaterThan(500);
    const worth = told.filter((body) => body.includes("tare.outcome.value"));
    expect(worth.length / outcomes.length).toBeGreaterThan(0.4);
    expect(worth.length / outcomes.length).toBeLessThan(0.8);
    const kinds = new Set(uses.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
    expect(kinds).toEqual(new Set(["retrieval", "rerank", "tool", "guard", "custom", "review"]));
    const search = uses.findIndex(({ feature }) => feature === "search-answers");
    const spans: readonly { readonly name: string; readonly parentSpanId?: string }[] = JSON.parse(told[search] ?? "")
      .resourceSpans[0].scopeSpans[0].spans;
    expect(spans.map(({ name }) => name)).toEqual(["search-answers", "passages", "passages by relevance"]);
    expect(spans.slice(1).every(({ parentSpanId }) => parentSpanId === uses[search]?.trace.spanId)).toBe(true);
  });

  test("sends as many prompt tokens as the row of the trace says, blocks of equal name being equal text", () => {
    const row = { atMs: 0, contextTokens: 1200, generatedTokens: 9, shape: undefined, blocks: [1, 2, 3] };
    const uses = [...planUses([row, { ...row, blocks: [1, 2, 4] }], "a")].filter((use) => use.type === "use");
    const texts = uses.map(({ calls }) => String(calls.at(-1)?.body));
    expect(texts.every((text) => text.length > 4800 && text.length < 5800)).toBe(true);
    const [first, second] = texts.map((text) => text.slice(text.indexOf("[block 1]")));
    expect(first?.slice(0, 4096)).toBe(second?.slice(0, 4096));
    expect(first?.slice(4096, 4200)).not.toBe(second?.slice(4096, 4200));
    expect(texts.every((text) => text.includes("[[simulate output="))).toBe(true);
  });

  /** A gateway that only writes down what it is asked. */
  const listen = async (
    world: World,
    answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  ): Promise<{ baseUrl: string; asked: IncomingMessage[] }> => {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      request.resume();
      request.on("end", () => answer(request, response, asked.length));
    });
    const listening = await world.network.listen(server, { host: "127.0.0.1", port: 0, shared: false });
    if (!listening.ok) throw new Error(listening.error.detail);
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { baseUrl: `http://127.0.0.1:${listening.value.port}`, asked };
  };
  const traceOf = (rows: number): Trace => {
    const folder = mkdtempSync(join(tmpdir(), "tare-workload-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "trace.csv");
    const lines = Array.from(
      { length: rows },
      (_, index) => `2023-11-16 18:00:${String(index % 60).padStart(2, "0")},300,20`,
    );
    writeFileSync(path, ["TIMESTAMP,ContextTokens,GeneratedTokens", ...lines, "not a row"].join("\n"));
    const opened = openTrace(realWorld().disk, path);
    if (!opened.ok) throw new Error(opened.error.type);
    return opened.value;
  };
  test("makes each call of a trace with its key and its attribution, and names bad lines", async () => {
    const { baseUrl, asked } = await listen(realWorld(), (_, response) => response.end("{}"));
    const bad: number[] = [];
    const workload = start(baseUrl, { trace: traceOf(40), onBadLine: ({ line }) => bad.push(line) });
    await workload.finished;
    const progress = workload.progress();
    expect(bad).toEqual([42]);
    expect(progress).toMatchObject({ uses: 40, badLines: 1, failed: 0, retries: 0 });
    const [told, calls] = [asked.filter(isOutcome), asked.filter((request) => !isOutcome(request))];
    expect(told.length).toBeGreaterThan(0);
    expect(progress.calls).toBe(calls.length);
    expect(calls.every(({ headers }) => headers["x-tare-interaction"]?.toString().startsWith("use-"))).toBe(true);
    const credentials = asked.map(
      ({ headers }) => headers.authorization ?? headers["x-api-key"] ?? headers["x-goog-api-key"],
    );
    expect(credentials.every((credential) => credential?.includes("tare"))).toBe(true);
  });

  test("tries again after what may pass, saying so, but not when the gateway says that it would not help", async () => {
    const failing = await listen(realWorld(), (_, response, count) => {
      response.writeHead(count > 1 ? 200 : 503).end("{}");
    });
    const again = start(failing.baseUrl, { trace: traceOf(1) });
    await again.finished;
    expect(again.progress().retries).toBe(1);
    expect(failing.asked.slice(0, 2).map(({ headers }) => headers["x-stainless-retry-count"])).toEqual(["0", "1"]);
    const refusing = await listen(realWorld(), (_, response) => {
      response.writeHead(429, { "x-should-retry": "false" }).end();
    });
    const once = start(refusing.baseUrl, { trace: traceOf(3) });
    await once.finished;
    expect(once.progress()).toMatchObject({ calls: 3, retries: 0, failed: 3 });
  });

  test("has a script that calls a provider itself, one in fifty times, and counts nothing of it", async () => {
    const gateway = await listen(realWorld(), (_, response) => response.end("{}"));
    const provider = await listen(realWorld(), (_, response) => response.end("{}"));
    const workload = start(gateway.baseUrl, { trace: traceOf(120), pastGateway: `${provider.baseUrl}/v1` });
    await workload.finished;
    expect(provider.asked.map(({ url }) => url)).toEqual(["/v1/chat/completions", "/v1/chat/completions"]);
    expect(workload.progress().calls).toBe(gateway.asked.filter((request) => !isOutcome(request)).length);
  });

  test("stops when it is told to", async () => {
    const { baseUrl } = await listen(realWorld(), (_, response) => response.end("{}"));
    const workload = start(baseUrl, { speed: 1 });
    await expect.poll(() => workload.progress().calls).toBeGreaterThan(3);
    await workload.stop();
    await workload.finished;
    const { uses } = workload.progress();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(workload.progress().uses).toBe(uses);
  });
});

const isOutcome = ({ url }: IncomingMessage) => url === "/v1/traces";

function plan(seed: string, count: number): PlannedUse[] {
  const uses = planUses(builtInTrace(seed), seed);
  return Array.from({ length: count }, () => uses.next().value).filter((use) => use?.type === "use");
}

function start(baseUrl: string, more: Partial<WorkloadOptions> = {}): Workload {
  const world = realWorld();
  const { keys } = demoConfiguration([], world);
  return startWorkload({ world, baseUrl, keys, seed: 1, speed: 1000, ...more });
}

function digest(seed: string): string {
  return hash("sha256", JSON.stringify(plan(seed, 100)));
}
