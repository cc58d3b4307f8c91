import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { CallDetail, CallPage, EntryPage, ErrorRows, InteractionDetail, LatencyRows } from "#contract";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { dispatched, recalled, refused, settled } from "../events/event-examples.ts";
import { entryOfRecalled, entryOfSettled } from "../ledger/make-entry.ts";
import { attribution, entries, minute, refusals } from "./call-examples.ts";
import { askErrors, askLatency } from "./latency.ts";
import { askUnitCosts } from "./unit-costs.ts";

let store: DuckDbStore;
let analytics: Analytics;

beforeAll(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  store = opened.value;
  const stretches = [{ segment: "pages", from: 0, to: 1, isDone: true, corrupted: 0 }];
  await store.append({ stretches, entries, refusals });
  analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
});

afterAll(() => store.close());

function good<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown },
): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** As it arrives: absent fields are gone. */
function wired(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("a call of no model", () => {
  it("is told and found as (none), refused or not, by every question", async () => {
    const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
    if (!opened.ok) throw new Error(opened.error.type);
    const stretches = [{ segment: "unnamed", from: 0, to: 1, isDone: true, corrupted: 0 }];
    const unnamed = entryOfSettled(dispatched("unnamed", { model: "" }), settled("unnamed", { servedModel: "" }));
    const said = [refused("unnamed_1", { model: "" }), refused("unnamed_2"), refused("named", { model: "gpt-5" })];
    await opened.value.append({ stretches, entries: [unnamed], refusals: said });
    const asked = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
    const filter = { model: ["(none)"] };
    const { rows } = good(await asked.calls({ filter, limit: 9 }));
    expect(Object.fromEntries(rows.map(({ call, model }) => [call, model]))).toEqual({
      call_unnamed: "(none)",
      call_unnamed_1: undefined,
      call_unnamed_2: undefined,
    });
    const range = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", tz: "UTC" };
    const spend = good(await asked.spend({ ...range, by: ["model"], filter: {} }));
    expect(spend.rows.map(({ dimensions, calls, refused: no }) => [dimensions, calls, no])).toEqual([
      [{ model: "(none)" }, 1, 2],
      [{ model: "gpt-5" }, 0, 1],
    ]);
    expect(good(await asked.spend({ ...range, by: [], filter })).total).toMatchObject({ calls: 1, refused: 2 });
    opened.value.close();
  });
});

describe("a call that a budget refused", () => {
  it("tells which, what it would have taken and what was left, and is found and counted by the budget", async () => {
    const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
    if (!opened.ok) throw new Error(opened.error.type);
    const stretches = [{ segment: "refused", from: 0, to: 1, isDone: true, corrupted: 0 }];
    const budget = { code: "budget_exceeded", status: 402, budget: "per-user" };
    const shortage = { unit: "USD", limit: 9_007_199_254_740_993n, left: 7n, needed: undefined } as const;
    await opened.value.append({
      stretches,
      entries: [],
      refusals: [
        refused("ada", { ...budget, budgetValue: "ada", shortage, at: minute(1) }),
        refused("bob", { ...budget, budgetValue: "bob", at: minute(2) }),
        refused("all", { ...budget, budget: "all", budgetValue: "", at: minute(3) }),
        refused("other", { at: minute(4) }),
      ],
    });
    const asked = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
    const detail = async (call: string) => CallDetail.parse(wired(good(await asked.call(call)))).call.refused_by;
    expect(await detail("call_ada")).toEqual({
      budget: "per-user",
      value: "ada",
      unit: "USD",
      limit: "9007199254740993",
      left: "7",
    });
    expect(await detail("call_bob")).toEqual({ budget: "per-user", value: "bob" });
    expect(await detail("call_all")).toEqual({ budget: "all" });
    expect(await detail("call_other")).toBeUndefined();
    const names = async (of: object) =>
      good(await asked.calls({ filter: {}, limit: 9, ...of })).rows.map(({ call }) => call);
    expect(await names({ budget: "per-user" })).toEqual(["call_bob", "call_ada"]);
    expect(await names({ budget: "per-user", budget_value: "ada" })).toEqual(["call_ada"]);
    expect(await names({ budget: "never-heard-of" })).toEqual([]);
    const range = { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z" };
    expect(good(await asked.refusedBy({ budget: "per-user", value: undefined, ...range }))).toBe(2);
    expect(good(await asked.refusedBy({ budget: "per-user", value: "bob", ...range }))).toBe(1);
    expect(good(await asked.refusedBy({ budget: "per-user", value: "bob", ...range, to: range.from }))).toBe(0);
    opened.value.close();
  });
});

describe("the calls page", () => {
  it("shows each call once, newest first, refused ones too, over any number of pages", async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = good(await analytics.calls({ filter: {}, limit: 3, cursor }));
      CallPage.parse(wired(page));
      seen.push(...page.rows.map(({ call }) => call));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(seen.map((call) => call.replace("call_", ""))).toEqual([
      "r2",
      "9",
      "8",
      "7",
      "6",
      "5",
      "4",
      "3",
      "r1",
      "2",
      "1",
      "0",
    ]);
  });

  it("adds up the attempts of a call", async () => {
    const { rows } = good(await analytics.calls({ filter: {}, limit: 100 }));
    const call = (name: string) => rows.find((row) => row.call === `call_${name}`);
    expect(call("3")).toMatchObject({
      state: "answered",
      attempts: 2,
      nanos: "1000",
      duration_ms: 2500,
      first_content_ms: 2090,
      at: "2026-11-21T10:03:00.000Z",
    });
    expect(call("5")).toMatchObject({
      state: "cut",
      code: "upstream_reset",
      nanos: "40",
      estimated_nanos: "40",
      in_doubt_nanos: "60",
    });
    expect(call("7")).toMatchObject({ state: "in_doubt", nanos: undefined, in_doubt_nanos: "5000", unpriced: 1 });
    expect(call("8")).toMatchObject({
      state: "background",
      attempts: 1,
      nanos: "1000",
      in_doubt_nanos: "0",
      unpriced: 0,
      tokens_in: 100,
    });
    expect(call("r2")).toMatchObject({ state: "refused", code: "unknown_key", status: 401, attempts: 0 });
  });

  it("can be narrowed to a state, to problems, by dimension and by time", async () => {
    const names = async (differing: object) =>
      good(await analytics.calls({ filter: {}, limit: 100, ...differing })).rows.map(({ call }) => call.slice(5));
    expect(await names({ state: "answered" })).toEqual(["9", "6", "4", "3", "2", "1", "0"]);
    expect(await names({ state: "problems" })).toEqual(["r2", "8", "7", "5", "r1"]);
    expect(await names({ state: "refused" })).toEqual(["r2", "r1"]);
    expect(await names({ filter: { feature: ["search"] } })).toEqual(["5"]);
    expect(
      await names({ filter: { provider: ["openai"] }, from: "2026-11-21T10:02:00Z", to: "2026-11-21T10:04:00Z" }),
    ).toEqual(["3", "2"]);
    expect(await names({ code: "unknown_key" })).toEqual(["r2"]);
    expect(await names({ code: "upstream_reset" })).toEqual(["5"]);
    expect(await names({ code: "never_heard_of" })).toEqual([]);
    expect(await names({ status: 401 })).toEqual(["r2"]);
    expect(await names({ status: 503 })).toEqual([]);
    expect(await names({ cost: "estimated" })).toEqual(["5"]);
    expect(await names({ cost: "unpriced", state: "problems" })).toEqual(["8", "7"]);
    expect(await analytics.calls({ filter: {}, limit: 9, from: "yesterday" })).toMatchObject({
      ok: false,
      error: { field: "from" },
    });
    expect(await analytics.calls({ filter: { colour: ["red"] }, limit: 9 })).toMatchObject({
      ok: false,
      error: { field: "colour" },
    });
  });
});

async function ids(differing: object): Promise<readonly string[]> {
  const page = good(await analytics.entries({ filter: {}, limit: 100, ...differing }));
  return page.rows.map(({ id }) => id.slice("attempt_".length));
}

describe("the entries page", () => {
  it("shows each entry once, newest first, over any number of pages", async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = good(await analytics.entries({ filter: {}, limit: 4, cursor }));
      EntryPage.parse(wired(page));
      seen.push(...page.rows.map(({ id }) => id.replace("attempt_", "")));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual(["9", "8:correction", "8", "7", "6", "5", "4", "3b", "3a", "2", "1", "0"]);
  });

  it("gives components that add up to the entry", async () => {
    const { rows } = good(await analytics.entries({ filter: {}, limit: 100 }));
    for (const row of rows)
      if (row.components.length > 0)
        expect(row.components.reduce((sum, { nanos }) => sum + BigInt(nanos), 0n).toString()).toBe(row.nanos);
  });

  it("finds those of a call or an interaction", async () => {
    expect(await ids({ call: "call_3" })).toEqual(["3b", "3a"]);
    expect(await ids({ interaction: "turn-1" })).toEqual(["9", "1"]);
  });
});

describe("one call", () => {
  it("is opened to its entries, in the order they were made", async () => {
    const found = good(await analytics.call("call_8"));
    CallDetail.parse(wired(found));
    expect(found.entries.map(({ id }) => id)).toEqual(["attempt_8", "attempt_8:correction"]);
  });

  it("may be a refused one, or none", async () => {
    expect(good(await analytics.call("call_r1"))).toMatchObject({ call: { state: "refused" }, entries: [] });
    expect(await analytics.call("call_unknown")).toEqual({ ok: false, error: { type: "not-found" } });
  });
});

describe("one interaction", () => {
  it("says what of it is not certain, as the list of interactions and its own steps do", async () => {
    const listed = good(await analytics.interactions({ sort: "newest", filter: {}, limit: 10 }));
    const unpriced = listed.rows.filter((row) => row.unpriced > 0);
    expect(unpriced.map((row) => row.unpriced)).toEqual([1]);
    expect(listed.rows.some((row) => row.estimated_nanos !== "0")).toBe(true);
    expect(listed.rows.some((row) => row.in_doubt_nanos !== "0")).toBe(true);
    for (const row of listed.rows) {
      const found = good(await analytics.interaction(row.interaction, row.tenant));
      const { estimated_nanos, in_doubt_nanos } = row;
      expect(found, row.interaction).toMatchObject({ unpriced: row.unpriced, estimated_nanos, in_doubt_nanos });
      const inDoubt = found.steps.reduce((sum, step) => sum + BigInt(step.in_doubt_nanos), 0n);
      expect(inDoubt.toString(), row.interaction).toBe(in_doubt_nanos);
    }
  });

  it("adds up its calls", async () => {
    const found = good(await analytics.interaction("turn-0", undefined));
    InteractionDetail.parse(wired(found));
    expect(found).toMatchObject({
      tenant: "support",
      gross_nanos: "4000",
      net_nanos: "4000",
      tare_nanos: "0",
      unpriced: 0,
    });
    expect(found.calls.map(({ call }) => call)).toEqual(["call_0", "call_2", "call_4", "call_6"]);
    expect(found.entries).toHaveLength(4);
    const brief = good(await analytics.interaction("turn-0", undefined, "none"));
    expect(brief).toEqual({ ...found, entries: undefined });
    InteractionDetail.parse(wired(brief));
    expect(found.to).toBe("2026-11-21T10:06:00.700Z");
  });

  it("belongs to one tenant, who must be named when several used the id", async () => {
    const other = { ...attribution, tenant: "other", interaction: "turn-0" };
    const stretches = [{ segment: "other", from: 0, to: 1, isDone: true, corrupted: 0 }];
    const entry = entryOfSettled(dispatched("t", { attribution: other, at: minute(0) }), settled("t"));
    await store.append({ stretches, entries: [entry], refusals: [] });
    expect(await analytics.interaction("turn-0", undefined)).toEqual({
      ok: false,
      error: { type: "ambiguous", tenants: ["other", "support"] },
    });
    expect(good(await analytics.interaction("turn-0", "other")).calls).toHaveLength(1);
    expect(await ids({ interaction: "turn-0", tenant: "other" })).toEqual(["t"]);
    expect(await ids({ interaction: "turn-0", tenant: "third" })).toEqual([]);
    expect(good(await analytics.interaction("turn-0", "support")).calls).toHaveLength(4);
    expect(await analytics.interaction("turn-0", "third")).toEqual({ ok: false, error: { type: "not-found" } });
  });
});

describe("latency and errors", () => {
  const range = { from: "2026-11-21T10:00:30Z", to: "2026-11-22T00:00:00Z", tz: "UTC", filter: {} };

  it("are percentiles over what was delivered in full", async () => {
    const answer = good(await analytics.latency({ ...range, by: ["day"], to: "2026-11-21T10:03:00Z" }));
    LatencyRows.parse(wired(answer));
    expect(answer.rows).toMatchObject([{ dimensions: { day: "2026-11-21" }, attempts: 2, duration_ms: { p50: 250 } }]);
    expect(
      good(await analytics.latency({ ...range, by: [], from: "2027-01-01T00:00:00Z", to: "2027-01-02T00:00:00Z" }))
        .rows,
    ).toEqual([]);
  });

  it("are those of providers: a kept answer says nothing of how quick one is", async () => {
    const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
    if (!opened.ok) throw new Error(opened.error.type);
    const made = entryOfSettled(dispatched("made", { at: minute(1) }), settled("made", { durationMs: 900 }));
    const again = entryOfRecalled(recalled("again", { at: minute(2), durationMs: 1 }));
    const stretches = [{ segment: "pages", from: 0, to: 1, isDone: true, corrupted: 0 }];
    await opened.value.append({ stretches, entries: [made, again], refusals: [] });
    const asked = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
    const answer = good(await asked.latency({ ...range, by: ["provider"] }));
    opened.value.close();
    expect(answer.rows).toMatchObject([{ attempts: 1, duration_ms: { p50: 900, p99: 900 } }]);
  });

  it("of a call with a kept answer behind a failure go to when that was found, which its own time is a part of", async () => {
    const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
    if (!opened.ok) throw new Error(opened.error.type);
    const call = "call_helped";
    const lost = settled("lost", { state: "failed", delivered: "none", callEnd: false, durationMs: 900 });
    const failed = entryOfSettled(dispatched("lost", { call, at: minute(1) }), lost);
    const found = instant(minute(1) + 1_000);
    const helped = entryOfRecalled(recalled("helped", { call, number: 2, how: "static", at: found, durationMs: 50 }));
    const stretches = [{ segment: "pages", from: 0, to: 1, isDone: true, corrupted: 0 }];
    await opened.value.append({ stretches, entries: [failed, helped], refusals: [] });
    const asked = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
    const answer = good(await asked.call(call));
    opened.value.close();
    expect(answer.call).toMatchObject({ attempts: 1, duration_ms: 1_000 });
  });

  it("are counted by origin and code", async () => {
    const answer = good(await analytics.errors({ ...range, by: [] }));
    ErrorRows.parse(wired(answer));
    expect(answer.rows.map(({ origin, code, count }) => [origin, code, count])).toEqual([
      ["cut", "upstream_reset", 1],
      ["failed", "upstream_503", 1],
      ["in_doubt", "in_doubt", 1],
      ["refused", "unknown_key", 1],
      ["refused", "unknown_model", 1],
    ]);
  });

  it("say so where there are more rows than they tell", async () => {
    const question = { ...range, from: "2026-11-21T10:00:00Z", by: ["minute"] };
    const minutes = good(await askLatency(store, question)).rows.length;
    expect(minutes).toBeGreaterThan(1);
    expect(good(await askLatency(store, question, minutes))).toMatchObject({ is_cut: false });
    const some = good(await askLatency(store, question, minutes - 1));
    expect([some.rows.length, some.is_cut]).toEqual([minutes - 1, true]);
    const [whole, first] = [good(await askErrors(store, question)), good(await askErrors(store, question, 1))];
    expect([whole.rows.length > 1, whole.is_cut]).toEqual([true, false]);
    expect([first.rows.length, first.is_cut]).toEqual([1, true]);
    const [units, unit] = [good(await askUnitCosts(store, question)), good(await askUnitCosts(store, question, 1))];
    expect([units.rows.length > 1, units.is_cut]).toEqual([true, false]);
    expect([unit.rows.length, unit.is_cut, unit.total]).toEqual([1, true, units.total]);
  });

  it("are refused in a zone that does not exist", async () => {
    expect(await analytics.latency({ ...range, by: [], tz: "Mars/Olympus" })).toMatchObject({
      ok: false,
      error: { field: "tz" },
    });
  });
});

it("totals are over everything", async () => {
  expect(await analytics.totals()).toMatchObject({
    in_doubt_nanos: "5060",
    unpriced: 1,
    firstAt: minute(0),
    lastAt: minute(9),
  });
});
