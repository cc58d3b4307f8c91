import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttemptDispatched, type AttemptSettled } from "#events";
import { type Entry } from "#ledger";
import { instant, money } from "#units";
import { dispatched, recalled, settled } from "../events/event-examples.ts";
import { entryInDoubt, entryOfCorrection, entryOfRecalled, entryOfSettled } from "../ledger/make-entry.ts";
import { CallSpans } from "./call-spans.ts";

const sellerOf = (provider: string) => ({ name: provider, address: "api.example", port: 443 });

function entry(name: string, sent: Partial<AttemptDispatched> = {}, ended: Partial<AttemptSettled> = {}): Entry {
  return entryOfSettled(dispatched(name, sent), settled(name, ended));
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const parent = `step_${TRACE}/${PARENT}` as const;
const { at } = dispatched("x");

function spans(sample = 1): CallSpans {
  return new CallSpans({ sellerOf, sample });
}

describe("a call of one attempt", () => {
  it("is a server span with a client span below it, in the client's trace where it sent one", () => {
    const [attempt, call] = spans().of(entry("a", { parent, route: "support" }, { durationMs: 812.5 }));
    expect(call).toMatchObject({ trace: TRACE, parent: PARENT, kind: "server", name: "chat support" });
    expect(attempt).toMatchObject({ trace: TRACE, parent: call?.span, kind: "client", name: "chat gpt-5-mini" });
    expect(attempt).toMatchObject({ startMs: at, endMs: at + 812.5, isFailed: false });
  });

  it("has ids of 16 and 8 bytes that follow from the ledger's ids alone", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,24}$/), fc.stringMatching(/^[a-z0-9]{1,24}$/), (left, right) => {
        const [one, again, other] = [left, left, right].map((name) => spans().of(entry(name)));
        expect(one).toEqual(again);
        for (const { trace, span, parent: above } of one ?? []) {
          expect(trace).toMatch(/^[0-9a-f]{32}$/);
          expect(span).toMatch(/^[0-9a-f]{16}$/);
          expect(above ?? span).toMatch(/^[0-9a-f]{16}$/);
        }
        if (left !== right) expect(one?.map(({ span }) => span)).not.toEqual(other?.map(({ span }) => span));
      }),
    );
  });

  it("says totals that hold their parts, and our classes beside them", () => {
    const usage = {
      input_uncached: 100,
      cache_read: 30,
      cache_write_5m: 7,
      cache_write_1h: 5,
      output_text: 20,
      output_reasoning: 4,
      web_searches: 2,
    };
    const [attempt] = spans().of(
      entry("a", {}, { usage, cost: { type: "priced", nanos: money(9_007_199_254_740_993n) } }),
    );
    expect(attempt?.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 142n,
      "gen_ai.usage.cache_read.input_tokens": 30n,
      "gen_ai.usage.cache_creation.input_tokens": 12n,
      "gen_ai.usage.output_tokens": 24n,
      "gen_ai.usage.reasoning.output_tokens": 4n,
      "tare.usage.web_searches": 2n,
      "tare.cost_nanos": "9007199254740993",
      "tare.cost_type": "priced",
    });
  });

  it("leaves out what nobody knows: no count and no money is not zero", () => {
    const unpriced = { usage: undefined, cost: { type: "unpriced", reason: "no price" } } as const;
    const [attempt] = spans().of(entry("a", {}, unpriced));
    const names = Object.keys(attempt?.attributes ?? {});
    expect(names.filter((name) => name.includes("usage") || name.includes("nanos"))).toEqual([]);
    expect(attempt?.attributes).toMatchObject({ "tare.cost_type": "unpriced" });
    expect(names).not.toContain("tare.customer");
  });

  it("puts usage and money on the attempt alone, so that sums count them once", () => {
    const [, call] = spans().of(entry("a"));
    const names = Object.keys(call?.attributes ?? {});
    expect(names.filter((name) => /usage|nanos|operation\.name/.test(name))).toEqual([]);
  });

  it("names no user, session, tag or key", () => {
    const attribution = { ...dispatched("a").attribution, user: "canary", session: "canary", tags: { who: "canary" } };
    const told = spans().of(entry("a", { attribution, key: "key_canary" }));
    expect(
      JSON.stringify(told, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain("canary");
  });
});

describe("what went wrong", () => {
  it.each([
    [{ status: 429, state: "failed", error: "rate_limit_exceeded" }, "429", true],
    [{ status: undefined, state: "failed", error: "connect_timeout" }, "connect_timeout", true],
    [{ status: 200, state: "cut", error: "sk-Canary said by a provider" }, "cut", true],
    [{ status: 200, state: "cancelled", error: "client_gone" }, "client_gone", false],
    [{ status: 200, state: "answered", error: undefined }, undefined, false],
  ] as const)("%j is error.type %s", (ended, type, isFailed) => {
    const [attempt] = spans().of(entry("a", {}, ended));
    expect(attempt?.attributes["error.type"]).toBe(type);
    expect(attempt?.isFailed).toBe(isFailed);
  });
});

describe("a call of several attempts", () => {
  it("is one server span around all of them once it has ended", () => {
    const all = spans();
    const call = "call_c";
    const first = all.of(entry("a", { call }, { callEnd: false, state: "failed", status: 500, durationMs: 300 }));
    const second = all.of(
      entry("b", { call, number: 2, purpose: "fallback", at: instant(at + 400) }, { callEnd: true, durationMs: 500 }),
    );
    expect(first.map(({ kind }) => kind)).toEqual(["client"]);
    expect(second.map(({ kind }) => kind)).toEqual(["client", "server"]);
    expect(second[1]).toMatchObject({ startMs: at, endMs: at + 900, isFailed: false });
    expect(second[1]?.attributes).toMatchObject({ "tare.attempts": 2n });
    expect([first[0]?.parent, second[0]?.parent]).toEqual([second[1]?.span, second[1]?.span]);
    const late = all.of(entry("h", { call, number: 3, purpose: "hedge" }, { callEnd: false, state: "cancelled" }));
    expect(late.map((span) => span.parent)).toEqual([second[1]?.span]);
  });

  it("keeps a bounded number of calls that have not ended", () => {
    const all = spans();
    for (let count = 0; count < 10_001; count += 1) all.of(entry(`a${count}`, {}, { callEnd: false }));
    const later = { number: 2, at: instant(at + 1000) } as const;
    const [, oldest] = all.of(entry("b", { ...later, call: "call_a0" }));
    const [, known] = all.of(entry("c", { ...later, call: "call_a1" }));
    expect([oldest?.startMs, known?.startMs]).toEqual([at + 1000, at]);
  });
});

it("a correction is a span of its own below the attempt, with the differences", () => {
  const before = { cost: settled("a").cost, residual: money(0n), usage: { output_text: 20 } };
  const settlement = {
    ...settled("a"),
    cost: { type: "priced", nanos: money(400n) } as const,
    usage: { output_text: 8 },
    callEnd: false,
  };
  const corrected = {
    type: "attempt-corrected",
    dispatched: dispatched("a"),
    before,
    settlement,
    reason: "read",
  } as const;
  const [attempt] = spans().of(entry("a"));
  const told = spans().of(entryOfCorrection(corrected));
  expect(told).toMatchObject([{ name: "correction", kind: "internal", parent: attempt?.span }]);
  expect(told[0]?.attributes).toMatchObject({ "tare.cost_nanos": "-600", "tare.usage.output_text": -12n });
});

it("an attempt in doubt ends where it began, unpriced, with what it may cost", () => {
  const [attempt] = spans().of(entryInDoubt(dispatched("a"), instant(at + 3_600_000)));
  expect(attempt).toMatchObject({ startMs: at, endMs: at, isFailed: true });
  expect(attempt?.attributes).toMatchObject({ "tare.in_doubt_nanos": "5000", "tare.cost_type": "unpriced" });
});

it("a recalled answer asked no provider, and says what it avoided", () => {
  const [attempt] = spans().of(entryOfRecalled(recalled("a")));
  expect(attempt).toMatchObject({ kind: "internal", name: expect.stringContaining("recall ") as string });
  expect(Object.keys(attempt?.attributes ?? {}).filter((name) => name.startsWith("gen_ai."))).toEqual([]);
});

/** Of 2,000 calls, those whose spans are sent. */
function kept(share: number): readonly string[] {
  const all = spans(share);
  const names = Array.from({ length: 2000 }, (_, index) => `a${index}`);
  const told = names.map((name) => ({ name, count: all.of(entry(name)).length }));
  expect(told.filter(({ count }) => count === 1)).toEqual([]);
  return told.filter(({ count }) => count > 0).map(({ name }) => name);
}

it("samples whole traces, about as many as was asked for, and more of them when more are asked for", () => {
  const [quarter, half] = [kept(0.25), kept(0.5)];
  expect(quarter.length).toBeGreaterThan(400);
  expect(quarter.length).toBeLessThan(600);
  expect(quarter.filter((name) => !half.includes(name))).toEqual([]);
  expect([kept(0).length, kept(1).length]).toEqual([0, 2000]);
});
