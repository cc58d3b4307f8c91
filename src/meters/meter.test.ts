import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assert } from "#std";
import { instant, Secret } from "#units";
import { realWorld, type World } from "#world";
import { decodeInterval } from "./interval.ts";
import { Meter, type MeterBooks, type MeterNote } from "./meter.ts";
import { MetersSection } from "./meters-config.ts";

const START = Date.UTC(2027, 0, 1);

/** Books in memory, all of a note or nothing. */
class Notes implements MeterBooks {
  readonly noted = new Map<string, MeterNote["intervals"][number]>();
  watching: ReadonlyMap<string, string> = new Map();

  async watches() {
    return this.watching;
  }

  async interval(_: string, from: number) {
    return this.noted.get(String(from))?.text;
  }

  async note(_: string, { watches, intervals }: MeterNote) {
    this.watching = watches;
    for (const interval of intervals) this.noted.set(String(interval.from), interval);
  }
}

let server: Server;
let respond: (response: ServerResponse) => void;
let paths: string[];
let now: number;
let world: World;
let books: Notes;
let open: Meter[];

beforeEach(async () => {
  [now, paths, open, books] = [START, [], [], new Notes()];
  server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url} ${request.headers.accept} ${request.headers.authorization}`);
    respond(response);
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const real = realWorld();
  world = { ...real, clock: { ...real.clock, now: () => instant(now) } };
  world.network.allow([origin()]);
});
afterEach(async () => {
  for (const meter of open) await meter.close();
  server.closeAllConnections();
  server.close();
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const says =
  (text: string | Buffer, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status).end(text);
  };
const busy = says('DCGM_FI_DEV_GPU_UTIL{UUID="GPU-a"} 100\n');
const idle = says('DCGM_FI_DEV_GPU_UTIL{UUID="GPU-a"} 0\n');

async function openMeter(exporter: object = {}): Promise<Meter> {
  const exporters = [{ url: `${origin()}/metrics?name=a`, ...exporter }];
  const [settings] = MetersSection.parse([{ name: "m", exporters, every: "1s", booked: "10s" }]);
  assert(settings !== undefined, "a meter was written");
  const meter: Meter = new Meter(world, { settings, books });
  open.push(meter);
  await meter.open();
  return meter;
}

async function scrape(meter: Meter, answer: typeof respond, afterMs = 1000): Promise<string | undefined> {
  respond = answer;
  now += afterMs;
  await meter.scrape();
  return meter.exporters[0]?.problem;
}

const measured = () => [...books.noted.values()].map(({ text }) => decodeInterval(text));
const seconds = () =>
  measured().map(({ gpuTime: { busy: b, idle: i, unknown: u } }) => [b, i, u].map((nanos) => Number(nanos) / 1e9));

describe("a meter", () => {
  it("asks its exporter for plain text, and sums up what it says by interval", async () => {
    const meter = await openMeter({ kind: "dcgm" });
    now += 8000;
    for (const answer of [busy, idle, idle, busy]) expect(await scrape(meter, answer)).toBeUndefined();
    expect(paths[0]).toBe("GET /metrics?name=a text/plain;version=0.0.4 undefined");
    expect(seconds()).toEqual([
      [1, 0, 0],
      [0, 2, 0],
    ]);
    expect(meter.exporters).toMatchObject([{ url: `${origin()}/metrics`, kinds: ["dcgm"], gpus: 1 }]);
    expect(meter.measuredUntil).toBe(START + 12_000);
  });

  it("tells its exporter what it wants to be told, and nobody else", async () => {
    const meter = await openMeter();
    const [exporter] = meter.settings.exporters;
    assert(exporter !== undefined, "the meter has an exporter");
    const secret = { ...exporter, authorization: new Secret("Bearer canary") };
    const settings = { ...meter.settings, exporters: [secret] };
    const told = new Meter(world, { settings, books });
    open.push(told);
    await told.open();
    await scrape(told, says("", 401));
    expect(paths[0]).toContain(" Bearer canary");
    expect(JSON.stringify([told.exporters, told.settings.exporters])).not.toContain("canary");
  });

  it("goes on where the books say that it was, and what lies between is unknown", async () => {
    await scrape(await openMeter(), busy);
    now += 5000;
    await scrape(await openMeter(), busy, 0);
    expect(seconds()).toEqual([[1.5, 0, 3.5]]);
  });

  it.for([
    ["another status", says("", 503), "answered with status 503"],
    [
      "a way to somewhere else",
      (response: ServerResponse): void => void response.writeHead(302, { location: "/" }).end(),
      "302",
    ],
    ["no text", says(Buffer.from([0xff, 0xfe])), "not UTF-8"],
    ["a page", says("<html></html>"), "line 1 of its answer"],
    ["metrics of something else", says("up 1\n"), "no metrics of vLLM"],
    ["metrics of another kind", says('nvidia_smi_count{uuid="a"} 1\n'), "is no dcgm but nvidia_gpu_exporter"],
    [
      "half an answer",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": "100" }).write("a 1");
        setTimeout(() => response.destroy(), 5);
      },
      "did not answer (reset",
    ],
    ["more than anybody reads", says(Buffer.alloc(17 * 1024 * 1024, "# words\n")), "more than 16777216 bytes"],
    ["nothing for a third of a second", () => undefined, "did not answer within 333 ms"],
  ] as const)("misses a scrape that is answered with %s, and says why", async ([, answer, problem]) => {
    const meter = await openMeter({ kind: "dcgm" });
    await scrape(meter, busy);
    expect(await scrape(meter, answer)).toContain(problem);
    expect(await scrape(meter, busy)).toBeUndefined();
    expect(measured()).toMatchObject([{ scrapes: 3, missed: 1 }]);
    expect(seconds()).toEqual([[1.5, 0, 0.5]]);
  });

  it("reaches nothing that the configuration does not name", async () => {
    const meter = await openMeter();
    world.network.allow([]);
    expect(await scrape(meter, busy)).toContain("origin-not-allowed");
    expect(paths).toEqual([]);
  });

  it("that is closed writes down nothing of the scrape that this breaks off", async () => {
    const meter = await openMeter();
    await scrape(meter, busy);
    respond = () => undefined;
    now += 1000;
    const scraping = meter.scrape();
    await meter.close();
    await scraping;
    expect(measured()).toMatchObject([{ scrapes: 1, missed: 0 }]);
  });
});
