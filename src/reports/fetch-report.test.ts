import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { startSimulatedProviders, type SimulatedProviders } from "#demo";
import { assert } from "#std";
import { instant, Secret } from "#units";
import { realWorld, type World } from "#world";
import { fetchReport, readReport, reportAddress, type ReportSettings } from "./index.ts";

const DAY_MS = 86_400_000;
const NOW = Date.now();
const range = { from: instant(Math.floor(NOW / DAY_MS) * DAY_MS), to: instant(NOW + 1000) };

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A real network whose pauses take no time and are written down. */
function impatient(): { readonly world: World; readonly paused: number[] } {
  const world = realWorld();
  const paused: number[] = [];
  const sleep = async (ms: number) => void paused.push(ms);
  const clock = { ...world.clock, now: () => world.clock.now(), sleep, after: world.clock.after.bind(world.clock) };
  return { world: { ...world, clock }, paused };
}

function settings(format: "openai" | "anthropic", baseUrl: string, key = "sk-admin-canary"): ReportSettings {
  const address = reportAddress(format, baseUrl);
  assert(address.ok, "the address of a test is one");
  return { provider: format, ...address.value, adminKey: new Secret(key), everyMs: 60_000, days: 3 };
}

type Say = (request: IncomingMessage) => { readonly status: number; readonly body: string; readonly retry?: string };

async function serve(say: Say): Promise<string> {
  const server: Server = createServer((request, response) => {
    const { status, body, retry } = say(request);
    response.writeHead(status, retry === undefined ? {} : { "retry-after": retry }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => void server.close(resolve)));
  const address = server.address();
  assert(typeof address === "object" && address !== null, "it listens");
  return `http://127.0.0.1:${address.port}`;
}

const nothing = { status: 200, body: JSON.stringify({ object: "page", data: [], has_more: false }) };

async function post(url: string, headers: Record<string, string>, body: object): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

async function used(): Promise<SimulatedProviders> {
  const simulated = await startSimulatedProviders({ world: realWorld(), seed: 3 });
  closing.push(() => simulated.close());
  const [openai, claude] = simulated.providers;
  const messages = [{ role: "user", content: "hello [[simulate output=9]]" }];
  const bearer = { authorization: "Bearer test" };
  await post(`${openai?.baseUrl}/chat/completions`, bearer, { model: "gpt-5-mini", messages });
  await post(`${openai?.baseUrl}/chat/completions`, bearer, { model: "gpt-5-mini", messages, service_tier: "flex" });
  await post(`${openai?.baseUrl}/embeddings`, bearer, { model: "text-embedding-3-small", input: "a b c" });
  const asked = { model: "claude-haiku-4-5", max_tokens: 20, messages };
  await post(`${claude?.baseUrl}/v1/messages`, { "x-api-key": "test", "anthropic-version": "2023-06-01" }, asked);
  return simulated;
}

function sumOf(all: readonly Record<string, number>[]): number {
  return all.flatMap((each) => Object.values(each)).reduce((sum, each) => sum + each, 0);
}

describe("simulated providers' reports", () => {
  it.each(["openai", "anthropic"] as const)("of %s come whole, and say what its own invoice says", async (format) => {
    const simulated = await used();
    const provider = simulated.providers.find((each) => each.format === format);
    const { world } = impatient();
    const of = settings(format, provider?.baseUrl ?? "");
    world.network.allow([of.origin]);
    const { pages, asked, missing } = await fetchReport(world, of, range);
    expect(missing).toEqual([]);
    const report = readReport(pages, "USD", asked);
    assert(report.ok, "what is fetched can be read");
    const invoiced = simulated.invoice().filter((line) => line.format === format);
    expect(report.value.usage.reduce((all, { quantity }) => all + quantity, 0)).toBe(
      sumOf(invoiced.map(({ quantities }) => quantities)),
    );
    expect(report.value.usage.length).toBeGreaterThan(1);
    expect(report.value.costs.some(({ kind }) => kind === "credit")).toBe(true);
    expect(report.value.days).toHaveLength(1);
    expect(report.value.costDays.size).toBe(1);
  });

  it("are refused to a key that models are called with, once, and nothing more is asked with it", async () => {
    const simulated = await used();
    const { world } = impatient();
    const of = settings("openai", simulated.providers[0]?.baseUrl ?? "", "sk-proj-1");
    world.network.allow([of.origin]);
    const { pages, missing } = await fetchReport(world, of, range);
    expect(pages).toEqual([]);
    expect(missing).toEqual([{ series: "completions", problem: { type: "refused", detail: "status 401" } }]);
  });
});

describe("a report of several pages", () => {
  it("is followed to its end, each report with its own groups, and the key goes in its header alone", async () => {
    const paths: string[] = [];
    const keys = new Set<string>();
    const url = await serve((request) => {
      paths.push(request.url ?? "");
      keys.add(`${request.headers["x-api-key"]?.toString()} ${request.headers["anthropic-version"]?.toString()}`);
      const place = paths.filter((path) => path.startsWith("/v1/organizations/usage_report")).length;
      if (place === 1) return { status: 200, body: JSON.stringify({ data: [], has_more: true, next_page: "p/2" }) };
      return { status: 200, body: JSON.stringify({ data: [], has_more: false, next_page: null }) };
    });
    const { world } = impatient();
    const of = settings("anthropic", url);
    world.network.allow([of.origin]);
    const { asked, missing } = await fetchReport(world, of, range);
    expect([asked, missing]).toEqual([["usage", "usage", "costs"], []]);
    expect(paths[0]).toContain("bucket_width=1d&limit=31&group_by[]=model&group_by[]=service_tier");
    expect(paths[1]).toMatch(/&page=p%2F2$/);
    expect(paths[2]).toContain("/v1/organizations/cost_report?");
    expect([...keys]).toEqual(["sk-admin-canary 2023-06-01"]);
    expect(paths.join()).not.toContain("canary");
  });

  it("that never ends is given up", async () => {
    let page = 0;
    const url = await serve(() => ({
      status: 200,
      body: JSON.stringify({ data: [], has_more: true, next_page: page++ > 2 ? "same" : `${page}` }),
    }));
    const { world } = impatient();
    const of = settings("anthropic", url);
    world.network.allow([of.origin]);
    const { missing } = await fetchReport(world, of, range);
    expect(missing.map(({ problem }) => problem.type)).toEqual(["endless", "endless"]);
  });
});

describe("a provider that says later", () => {
  it("is asked again when it says so, else each time twice as late, and in the end what is missing is named", async () => {
    let asked = 0;
    const url = await serve((request) => {
      if (request.url?.includes("completions") !== true)
        return request.url?.includes("costs") === true ? { status: 503, body: "" } : nothing;
      asked += 1;
      return asked < 3 ? { status: 429, body: "slow down", retry: "7" } : nothing;
    });
    const { world, paused } = impatient();
    const of = settings("openai", url);
    world.network.allow([of.origin]);
    const { missing, asked: got } = await fetchReport(world, of, range);
    expect(got).toContain("completions");
    expect(missing).toEqual([{ series: "costs", problem: { type: "unavailable", detail: "status 503" } }]);
    expect(paused).toEqual([7000, 7000, 1000, 2000, 4000, 8000]);
  });

  it("or nothing that can be read is told apart, and what it said is in no problem", async () => {
    const secret = "content of somebody";
    const url = await serve((request) => {
      if (request.url?.includes("completions") === true) return { status: 200, body: `<html>${secret}` };
      if (request.url?.includes("embeddings") === true) return { status: 404, body: secret };
      if (request.url?.includes("images") === true) return { status: 302, body: secret };
      return nothing;
    });
    const { world } = impatient();
    const of = settings("openai", url);
    world.network.allow([of.origin]);
    const { missing } = await fetchReport(world, of, range);
    expect(missing.map(({ series, problem }) => [series, problem.type])).toEqual([
      ["completions", "unreadable"],
      ["embeddings", "absent"],
      ["images", "unreadable"],
    ]);
    expect(JSON.stringify(missing)).not.toContain(secret);
  });

  it("is not reached at all where the configuration does not name its origin", async () => {
    const url = await serve(() => nothing);
    const { world } = impatient();
    const { missing } = await fetchReport(world, settings("anthropic", url), range);
    expect(missing[0]).toEqual({ series: "usage", problem: { type: "unavailable", detail: "origin-not-allowed" } });
  });
});
