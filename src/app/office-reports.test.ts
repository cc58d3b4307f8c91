import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Books } from "#books";
import { startSimulatedProviders, type SimulatedProviders } from "#demo";
import { type ReportSettings } from "#reports";
import { assert } from "#std";
import { instant, Secret } from "#units";
import { realWorld, type World } from "#world";
import { type LogFacts } from "./log.ts";
import { OfficeReports } from "./office-reports.ts";

const CANARY = "sk-admin-canary";
const today = () => new Date().toISOString().slice(0, 10);

let folder: string;
let books: Books;
let simulated: SimulatedProviders;
let logged: { readonly event: string; readonly facts: LogFacts | undefined }[];
let now: number;
let ticks: (() => void | Promise<void>)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tare-reports-"));
  const made = Books.open(join(folder, "books.sqlite"), realWorld());
  assert(made.ok, "books open");
  books = made.value;
  simulated = await startSimulatedProviders({ world: realWorld(), seed: 5 });
  logged = [];
  ticks = [];
  now = Date.now();
});
afterEach(async () => {
  await simulated.close();
  await books.close();
  rmSync(folder, { recursive: true });
});

function every(_: number, run: () => void | Promise<void>) {
  ticks.push(run);
  return { cancel: () => (ticks = []) };
}

function log(_: string, event: string, facts?: LogFacts): void {
  logged.push({ event, facts });
}

/** Looks when it is told to; pauses between tries take no time. */
function world(): World {
  const real = realWorld();
  const clock = { ...real.clock, now: () => instant(now), every, sleep: async () => undefined };
  return { ...real, clock: { ...clock, after: real.clock.after.bind(real.clock) } };
}

function start(change: Partial<ReportSettings> = {}): OfficeReports {
  const provider = simulated.providers.find(({ name }) => name === "claude");
  const of: ReportSettings = {
    provider: "claude",
    format: "anthropic",
    origin: provider?.baseUrl ?? "",
    basePath: "",
    adminKey: new Secret(CANARY),
    everyMs: 3_600_000,
    days: 2,
    ...change,
  };
  const config = () => ({ currency: "USD", reports: [of] });
  const reports = new OfficeReports({ world: world(), books, config, log });
  reports.start();
  return reports;
}

const look = async (reports: OfficeReports) => {
  for (const tick of ticks) await tick();
  await expect.poll(async () => (await reports.list())[0]?.is_fetching).toBe(false);
};

it("fetches at once, then when it is due, and says what is kept; nothing before", async () => {
  const reports = start();
  expect(await reports.list()).toMatchObject([{ provider: "claude", is_fetched: true, days: 0, is_fetching: false }]);
  await look(reports);
  expect(await reports.list()).toMatchObject([{ days: 2, last_day: today(), problem: undefined }]);
  const fetches = () => logged.filter(({ event }) => event === "report-fetched").length;
  expect(fetches()).toBe(1);
  now += 3_599_000;
  await look(reports);
  expect(fetches()).toBe(1);
  now += 2000;
  await look(reports);
  expect(fetches()).toBe(2);
  expect(JSON.stringify(logged)).not.toContain("canary");
});

it("does not fetch anew after a restart what is young enough", async () => {
  await look(start());
  ticks = [];
  const again = start();
  await look(again);
  expect(logged.filter(({ event }) => event === "report-fetched")).toHaveLength(1);
});

it("says what did not come, keeps what it had, and does not ask at each look", async () => {
  const reports = start({ adminKey: new Secret("sk-ant-api-canary") });
  await look(reports);
  await look(reports);
  const [report] = await reports.list();
  expect(report?.problem).toBe("usage: the admin key is refused (status 401)");
  expect(report?.days).toBe(0);
  expect(logged).toHaveLength(1);
  expect(JSON.stringify(logged)).not.toContain("canary");
});

it("fetches the days that somebody asks for, and nothing for a provider without a key", async () => {
  const reports = start();
  await look(reports);
  const from = new Date(now - 9 * 86_400_000).toISOString().slice(0, 10);
  expect(await reports.fetch("claude", { from })).toBe(true);
  expect(await reports.list()).toMatchObject([{ days: 10, first_day: from, last_day: today() }]);
  expect(await reports.fetch("openai", {})).toBe(false);
});

it("keeps nothing that arrives when it was stopped", async () => {
  const reports = start();
  for (const tick of ticks) await tick();
  reports.stop();
  await expect.poll(async () => (await reports.list())[0]?.is_fetching).toBe(false);
  expect(await books.reports.spans()).toEqual([]);
});
