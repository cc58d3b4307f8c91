import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AttemptDispatched, type AttemptSettled } from "#events";
import { type Entry } from "#ledger";
import { type Instant, instant, Secret } from "#units";
import { realWorld, type World } from "#world";
import { OtlpCollector } from "../../e2e/harness/otlp-collector.ts";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { BATCH_SPANS_MAX, GIVEN_UP_AFTER_MS, QUEUE_BYTES_MAX } from "./exporter.ts";
import { Telemetry } from "./telemetry.ts";
import { type TelemetrySettings } from "./telemetry-config.ts";

const sellerOf = (provider: string) => ({ name: provider, address: "api.example", port: 443 });

function entry(name: string, sent: Partial<AttemptDispatched> = {}, ended: Partial<AttemptSettled> = {}): Entry {
  return entryOfSettled(dispatched(name, sent), settled(name, ended));
}

const { at: NOON } = dispatched("x");
const SPANS_TURN = 1_000;

/** A collector on real HTTP, and a clock that is turned by hand. */
class Rig {
  readonly collector = new OtlpCollector();
  readonly logged: string[] = [];
  now: Instant = instant(NOON + 1);
  kept: string | undefined;
  #turns: { readonly periodMs: number; readonly run: () => void | Promise<void> }[] = [];
  readonly #waits = new Set<{ readonly delayMs: number; readonly run: () => void }>();
  telemetry = this.make();

  make(): Telemetry {
    const real = realWorld();
    const every: World["clock"]["every"] = (periodMs, run) => {
      const turn = { periodMs, run };
      this.#turns.push(turn);
      return { cancel: () => void (this.#turns = this.#turns.filter((each) => each !== turn)) };
    };
    const after: World["clock"]["after"] = (delayMs, run) => {
      const wait = { delayMs, run };
      this.#waits.add(wait);
      return { cancel: () => void this.#waits.delete(wait) };
    };
    const clock = { ...real.clock, now: () => this.now, every, after };
    return new Telemetry({
      world: { ...real, clock, chance: { ...real.chance, fraction: () => 1 } },
      version: "1.0.0",
      instance: "node-1",
      sellerOf,
      mark: {
        read: () => Promise.resolve(this.kept),
        write: (text) => Promise.resolve(void (this.kept = text)),
      },
      log: (...line) => this.logged.push(JSON.stringify(line)),
    });
  }

  settings(more: Partial<TelemetrySettings> = {}): TelemetrySettings {
    return {
      origin: this.collector.url,
      basePath: "",
      headers: [{ name: "x-token", value: new Secret("canary") }],
      protocol: "http/protobuf",
      traces: true,
      metrics: true,
      metricsEveryMs: 60_000,
      sample: 1,
      serviceName: "tare",
      ...more,
    };
  }

  async turn(periodMs: number, laterMs = 0): Promise<void> {
    this.now = instant(this.now + laterMs);
    for (const turn of this.#turns.filter((each) => each.periodMs === periodMs)) await turn.run();
  }

  /** Nothing but this lets time pass for those who wait for something no longer than so. */
  pass(waitedMs: number): void {
    for (const wait of this.#waits) {
      if (wait.delayMs > waitedMs) continue;
      this.#waits.delete(wait);
      wait.run();
    }
  }

  note(entries: readonly Entry[]): void {
    this.telemetry.note(entries);
    this.telemetry.passed({ isKept: true, bookedUntil: this.now });
  }
}

function calls(count: number, booked: Instant = instant(NOON + 1_000)): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => entry(`a${index}`, {}, { at: booked }));
}

let rig: Rig;
beforeEach(async () => {
  rig = new Rig();
  await rig.collector.listen();
  await rig.telemetry.open(rig.settings(), NOON);
});
afterEach(async () => {
  await rig.telemetry.stop();
  await rig.collector.close();
});

describe("batches", () => {
  it("are bounded, go out one after the other, and hold every span once", async () => {
    rig.note(calls(700));
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 1400, spansSent: 0 });
    await rig.turn(SPANS_TURN);
    expect(rig.collector.exports).toHaveLength(Math.ceil(1400 / BATCH_SPANS_MAX));
    expect(new Set(rig.collector.spans.map(({ spanId }) => spanId)).size).toBe(1400);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0, spansSent: 1400, problem: undefined });
    expect(rig.collector.resource).toEqual({
      "service.name": "tare",
      "service.version": "1.0.0",
      "service.instance.id": "node-1",
    });
  });

  it("wait in a bounded number of bytes; what has no room is counted, and what had room is sent", async () => {
    await rig.telemetry.configure(rig.settings({ protocol: "http/json", metrics: false }));
    const feature = "f".repeat(256);
    const attribution = { ...dispatched("x").attribution, feature, interaction: feature, team: feature };
    const at = instant(rig.now + 1);
    const many = Array.from({ length: 5_000 }, (_, index) => entry(`a${index}`, { attribution }, { at }));
    rig.note(many);
    const { spansWaiting = 0, spansDropped = 0 } = rig.telemetry.state() ?? {};
    expect(spansDropped).toBeGreaterThan(0);
    expect(spansWaiting + spansDropped).toBe(10_000);
    await rig.turn(SPANS_TURN);
    expect(rig.collector.spans).toHaveLength(spansWaiting);
    const bytes = rig.collector.exports.reduce((sum, each) => sum + each.bytes.length, 0);
    expect(bytes).toBeLessThan(QUEUE_BYTES_MAX * 1.02);
  });
});

describe("a collector that says no", () => {
  it("is asked again when its Retry-After is over, with the same spans, and not before", async () => {
    rig.collector.refuse = (_, response) => (response.writeHead(503, { "retry-after": "7" }).end(), true);
    rig.note(calls(3));
    await rig.turn(SPANS_TURN);
    await rig.turn(SPANS_TURN, 6_999);
    expect(rig.collector.exports).toHaveLength(1);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 6, problem: "traces: status 503" });
    rig.collector.refuse = () => false;
    await rig.turn(SPANS_TURN, 1);
    expect(rig.collector.exports[1]?.bytes).toBe(rig.collector.exports[0]?.bytes);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0, spansSent: 6, problem: undefined });
    expect(rig.logged).toHaveLength(1);
  });

  it("is asked ever less often, and a batch is given up after five minutes", async () => {
    rig.collector.refuse = (_, response) => (response.writeHead(429).end(), true);
    rig.note(calls(1));
    const from = rig.now;
    const asked: number[] = [];
    while (rig.now - from <= GIVEN_UP_AFTER_MS + 30_000) {
      const before = rig.collector.exports.length;
      await rig.turn(SPANS_TURN, 1_000);
      if (rig.collector.exports.length > before) asked.push(rig.now - from);
    }
    expect(asked.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0, spansDropped: 2 });
  });

  it.each([400, 401, 404, 413, 500, 301])("for good (%i) is not asked again for the same spans", async (status) => {
    rig.collector.refuse = (_, response) => (response.writeHead(status).end(), true);
    rig.note(calls(2));
    await rig.turn(SPANS_TURN);
    await rig.turn(SPANS_TURN, 60_000);
    expect(rig.collector.exports).toHaveLength(1);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0, spansSent: 0, spansDropped: 4 });
  });

  it("to some of a batch has them counted, and the others are sent", async () => {
    rig.collector.answer = Buffer.from([0x0a, 0x02, 0x08, 0x03]);
    rig.note(calls(4));
    await rig.turn(SPANS_TURN);
    expect(rig.telemetry.state()).toMatchObject({ spansSent: 5, spansRejected: 3, spansDropped: 0 });
  });

  it("holds up neither those who hand in entries nor the end", async () => {
    rig.collector.refuse = () => true;
    rig.note(calls(2));
    const sending = rig.turn(SPANS_TURN);
    rig.note(calls(2));
    const stopped = rig.telemetry.stop();
    rig.pass(3_000);
    await stopped;
    await sending;
    expect(rig.telemetry.state()).toBeUndefined();
  });
});

describe("metrics", () => {
  it("are sent at their time and say everything since the start each time, so that a lost export loses nothing", async () => {
    rig.note(calls(5));
    rig.collector.refuse = (_, response) => (response.writeHead(503).end(), true);
    await rig.turn(60_000);
    expect(rig.telemetry.state()).toMatchObject({ metricExports: 0, metricExportsFailed: 1 });
    rig.collector.refuse = () => false;
    rig.note(calls(2));
    await rig.turn(60_000);
    const duration = rig.collector.points.filter(({ metric }) => metric === "gen_ai.client.operation.duration");
    expect(duration).toMatchObject([{ count: 7n, temporality: 2, unit: "s" }]);
    expect(rig.telemetry.state()).toMatchObject({ metricExports: 1, metricExportsFailed: 1 });
  });

  it("count calls whose traces are not sampled", async () => {
    await rig.telemetry.configure(rig.settings({ sample: 0 }));
    rig.note(calls(5, instant(rig.now + 1)));
    await rig.turn(60_000);
    await rig.turn(SPANS_TURN);
    expect(rig.collector.spans).toEqual([]);
    expect(rig.collector.points.find(({ metric }) => metric === "tare.cost")?.value).toBe(5_000n);
  });
});

describe("what is sent", () => {
  it("is each entry once, though a pass of the ledger failed and came again", async () => {
    rig.telemetry.note(calls(3));
    rig.telemetry.passed({ isKept: false, bookedUntil: rig.now });
    rig.note(calls(3));
    await rig.turn(SPANS_TURN);
    await rig.turn(60_000);
    expect(rig.collector.spans).toHaveLength(6);
    expect(rig.collector.points.find(({ metric }) => metric === "tare.cost")?.value).toBe(3_000n);
  });

  it("is nothing that an earlier process had, though the ledger is loaded again from its beginning", async () => {
    rig.now = instant(NOON + 5_000);
    rig.note(calls(3, instant(NOON + 4_000)));
    await rig.telemetry.stop();
    expect(JSON.parse(rig.kept ?? "")).toEqual({ until: NOON + 5_000, later: [] });
    const sent = rig.collector.spans.length;
    rig.telemetry = rig.make();
    await rig.telemetry.open(rig.settings(), instant(NOON));
    rig.note([...calls(3, instant(NOON + 4_000)), entry("new", {}, { at: instant(NOON + 5_001) })]);
    await rig.turn(SPANS_TURN);
    expect([sent, rig.collector.spans.length]).toEqual([6, 8]);
  });

  it("is nothing that was sent before its pass could promise that all of its time was read", async () => {
    const [early, late] = [
      entry("early", {}, { at: instant(NOON + 900) }),
      entry("late", {}, { at: instant(NOON + 901) }),
    ];
    rig.now = instant(NOON + 1_000);
    rig.telemetry.note([late]);
    rig.telemetry.passed({ isKept: true, bookedUntil: instant(NOON + 750) });
    await rig.telemetry.stop();
    expect(rig.collector.spans).toHaveLength(2);
    rig.telemetry = rig.make();
    await rig.telemetry.open(rig.settings(), instant(NOON));
    rig.note([early, late]);
    await rig.turn(SPANS_TURN);
    expect(rig.collector.spans).toHaveLength(4);
    expect(new Set(rig.collector.spans.map(({ spanId }) => spanId)).size).toBe(4);
  });

  it("goes on from the mark of the version before", async () => {
    await rig.telemetry.stop();
    rig.kept = String(NOON + 5_000);
    rig.telemetry = rig.make();
    await rig.telemetry.open(rig.settings(), instant(NOON));
    rig.note(calls(2, instant(NOON + 5_000)));
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0 });
  });

  it("is nothing that was booked before it was asked for, and no step and no bill", async () => {
    rig.note([entry("a", {}, { at: NOON }), ...calls(2).map((each, index) => ({ ...each, number: -index }))]);
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0 });
  });

  it("goes where the newest configuration says; what waits goes the old way first", async () => {
    rig.note(calls(1));
    const other = await new OtlpCollector().listen();
    await rig.telemetry.configure(rig.settings({ origin: other.url, protocol: "http/json" }));
    expect(rig.collector.spans).toHaveLength(2);
    rig.note(calls(1, instant(rig.now + 1)));
    await rig.turn(SPANS_TURN);
    expect([rig.collector.spans.length, other.spans.length]).toEqual([2, 2]);
    expect(other.exports[0]?.headers["content-type"]).toBe("application/json");
    await rig.telemetry.configure(undefined);
    expect(rig.telemetry.state()).toBeUndefined();
    await other.close();
  });

  it("stays with the running exporter when a configuration comes that says the same", async () => {
    rig.note(calls(1));
    await rig.telemetry.configure(rig.settings({ headers: [{ name: "x-token", value: new Secret("canary") }] }));
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 2 });
    await rig.telemetry.configure(rig.settings({ headers: [{ name: "x-token", value: new Secret("other") }] }));
    expect(rig.telemetry.state()).toMatchObject({ spansWaiting: 0 });
  });
});
