import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { attribution, minute } from "./call-examples.ts";

let store: DuckDbStore;
let analytics: Analytics;

const tagged = (tags: Readonly<Record<string, string>>, more = {}) => ({ ...attribution, ...more, tags });

function entry(name: string, nanos: bigint, tags: Readonly<Record<string, string>>, more = {}) {
  const at = minute(Number(name));
  return entryOfSettled(
    dispatched(name, { at, attribution: tagged(tags, more) }),
    settled(name, { cost: { type: "priced", nanos: money(nanos) }, components: [] }),
  );
}

beforeAll(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  store = opened.value;
  await store.append({
    stretches: [{ segment: "tags", from: 0, to: 1, isDone: true, corrupted: 0 }],
    entries: [
      entry("0", 5n, { plan: "gold", region: "eu" }),
      entry("1", 7n, { plan: "Silver" }, { team: "other" }),
      entry("2", 11n, {}),
      entry("3", 13n, { 'a "quoted" one': "{", "with,comma": "x", ["long".repeat(17)]: "x" }),
      entry("40", 100n, { late: "yes" }),
    ],
    refusals: [refused("r", { at: minute(4), attribution: tagged({ plan: "free" }) })],
  });
  analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
});
afterAll(() => store.close());

const [from, to] = [0, 30].map((at) => new Date(minute(at)).toISOString());

async function ask(question: Partial<Parameters<Analytics["tags"]>[0]> = {}) {
  const found = await analytics.tags({ from: from ?? "", to: to ?? "", filter: {}, limit: 100, ...question });
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value;
}

const told = ({ rows }: Awaited<ReturnType<typeof ask>>) =>
  rows.map(({ name, value, gross_nanos }) => `${value === undefined ? name : `${name}=${value}`} ${gross_nanos}`);

describe("the tags of a range", () => {
  it("are told by name, the dearest first, but for names that no question can hold", async () => {
    expect(told(await ask())).toEqual(['a "quoted" one 13', "plan 12", "region 5"]);
  });

  it("are found by a part of their name", async () => {
    expect(told(await ask({ find: "LA" }))).toEqual(["plan 12"]);
    expect(told(await ask({ find: "%" }))).toEqual([]);
  });

  it("have the values that spend tells, what has no such tag and what was refused too", async () => {
    const values = await ask({ name: "plan" });
    expect(told(values)).toEqual(["plan=(none) 24", "plan=Silver 7", "plan=gold 5", "plan=free 0"]);
    const spend = await analytics.spend({ by: ["tag.plan"], from: from ?? "", to: to ?? "", tz: "UTC", filter: {} });
    if (!spend.ok) throw new Error(JSON.stringify(spend.error));
    expect(spend.value.rows.map((row) => `plan=${row.dimensions["tag.plan"] ?? ""} ${row.gross_nanos}`)).toEqual(
      told(values),
    );
    expect(told(await ask({ name: "plan", find: "SIL" }))).toEqual(["plan=Silver 7"]);
    expect(told(await ask({ name: 'a "quoted" one', find: "{" }))).toEqual(['a "quoted" one={ 13']);
  });

  it("are only of what a filter lets through, by another tag too", async () => {
    expect(told(await ask({ filter: { team: ["other"] } }))).toEqual(["plan 7"]);
    expect(told(await ask({ name: "plan", filter: { "tag.region": ["eu"] } }))).toEqual(["plan=gold 5"]);
  });

  it("say that there are more than were asked for", async () => {
    expect((await ask()).is_cut).toBe(false);
    const first = await ask({ limit: 2 });
    expect([told(first).length, first.is_cut]).toEqual([2, true]);
  });

  it("are a wrong question by what is no dimension", async () => {
    const asked = { from: from ?? "", to: to ?? "", limit: 1 };
    expect(await analytics.tags({ ...asked, filter: { tea: ["x"] } })).toMatchObject({ error: { field: "tea" } });
    expect(await analytics.tags({ ...asked, from: "x", filter: {} })).toMatchObject({ error: { field: "from" } });
  });
});
