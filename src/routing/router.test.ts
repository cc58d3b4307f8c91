import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallToPlan, describeChoice } from "#routing";
import { attemptOn, call, nobody, order, planOf, provider, route, routerOf } from "./test-router.ts";

describe("the order of targets", () => {
  it("is that of the file for `fallback`", () => {
    expect(order(planOf(routerOf(), route("cab")))).toBe("cab");
  });

  it("follows the weights for `weighted`, also behind the first", () => {
    const weighted = route("ab", {
      strategy: "weighted",
      targets: [
        { provider: provider("a"), model: "m", weight: 3 },
        { provider: provider("b"), model: "m", weight: 1 },
        { provider: provider("c"), model: "m", weight: 0 },
      ],
    });
    const router = routerOf();
    const first = Array.from({ length: 4_000 }, () => order(planOf(router, weighted)));
    expect(first.filter((text) => text.startsWith("a")).length / 4_000).toBeCloseTo(0.75, 1);
    expect(first.every((text) => text.endsWith("c"))).toBe(true);
  });

  it("is by what this call is expected to cost for `cheapest`, and knows the prompt cache of each target", () => {
    const cheapest = route("abc", { strategy: "cheapest" });
    const router = routerOf();
    expect(order(planOf(router, cheapest, 0, call({ inputTokens: 100_000 })))).toBe("abc");
    expect(order(planOf(router, cheapest, 0, call({ inputTokens: 10, outputTokensMax: 1_000 })))).toBe("cba");
    attemptOn(router, cheapest, "c", { inputTokens: 1_000, cacheReadTokens: 1_000 });
    expect(order(planOf(router, cheapest, 0, call({ inputTokens: 100_000 })))).toBe("cab");
  });

  it("puts what has no price last for `cheapest`: unknown is not zero", () => {
    const cheapest = route("xba", { strategy: "cheapest" });
    expect(order(planOf(routerOf(), cheapest, 0, call({ inputTokens: 100_000 })))).toBe("abx");
  });

  it("prefers what was measured fast for `fastest`, and tries again what has not been measured for long", () => {
    const fastest = route("ab", { strategy: "fastest" });
    const router = routerOf();
    attemptOn(router, fastest, "a", { durationMs: 2_000, firstContentMs: 1_500, outputTokens: 100 });
    attemptOn(router, fastest, "b", { durationMs: 400, firstContentMs: 200, outputTokens: 100 });
    expect(order(planOf(router, fastest))).toBe("ba");
    attemptOn(router, fastest, "b", { durationMs: 400, firstContentMs: 200, outputTokens: 100, nowMs: 600_000 });
    expect(order(planOf(router, fastest, 600_000))).toBe("ab");
  });

  it("learns for `fastest` from answers without tokens of output, as embeddings are", () => {
    const fastest = route("ab", { strategy: "fastest" });
    const router = routerOf();
    attemptOn(router, fastest, "a", { durationMs: 900, inputTokens: 50 });
    attemptOn(router, fastest, "b", { durationMs: 300, inputTokens: 50, outputTokens: 0 });
    const plans = Array.from({ length: 50 }, () => planOf(router, fastest));
    expect(new Set(plans.map(order))).toEqual(new Set(["ba"]));
    expect(plans[0]?.map(({ score }) => score)).toEqual([300, 900]);
    attemptOn(router, fastest, "b", { durationMs: 300, inputTokens: 50, nowMs: 600_000 });
    expect(order(planOf(router, fastest, 600_000))).toBe("ab");
  });

  it("never lets the slowest of three be the first for `fastest`, and spreads over the other two", () => {
    const fastest = route("abc", { strategy: "fastest" });
    const router = routerOf();
    for (const [name, durationMs] of [
      ["a", 900],
      ["b", 100],
      ["c", 300],
    ] as const) {
      attemptOn(router, fastest, name, { durationMs, outputTokens: 10 });
    }
    const firsts = new Set(Array.from({ length: 200 }, () => order(planOf(router, fastest)).slice(0, 1)));
    expect(firsts).toEqual(new Set(["b", "c"]));
  });

  it("is by running attempts for `least_busy`", () => {
    const least = route("abc", { strategy: "least_busy" });
    const router = routerOf();
    for (const name of "aab") {
      const planned = planOf(router, least).find(({ target }) => target.provider.name === name);
      if (planned !== undefined) router.began(planned, 0);
    }
    expect(order(planOf(router, least))).toBe("cba");
  });

  it("keeps each key at its target for `sticky`, spreads keys, and moves only the keys of a target that leaves", () => {
    const router = routerOf();
    const of = (names: string, key: string) =>
      order(planOf(router, route(names, { strategy: "sticky" }), 0, call({ affinity: () => key })));
    const keys = Array.from({ length: 400 }, (_, index) => `session ${index}`);
    const firsts = keys.map((key) => of("abcd", key)[0]);
    for (const name of "abcd") expect(firsts.filter((first) => first === name).length).toBeGreaterThan(60);
    for (const [index, key] of keys.entries()) {
      if (firsts[index] !== "d") expect(of("abc", key)[0]).toBe(firsts[index]);
    }
  });

  it("passes a sticky key on while its target runs a quarter more than its share", () => {
    const router = routerOf();
    const sticky = route("ab", { strategy: "sticky" });
    const [first] = planOf(router, sticky);
    if (first === undefined) throw new Error("no plan");
    for (let running = 0; running < 20; running += 1) router.began(first, 0);
    expect(planOf(router, sticky)[0]?.target.provider.name).not.toBe(first.target.provider.name);
  });
});

describe("a plan", () => {
  const strategies = ["fallback", "weighted", "cheapest", "fastest", "least_busy", "sticky"] as const;

  it("holds every target that may take the call once, whatever the strategy and whatever happened before", () => {
    const happened = fc.array(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d", "e"),
        type: fc.constantFrom("answered", "failed", "limited", "denied", "refused", "abandoned"),
        nowMs: fc.nat(100_000),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...strategies), happened, fc.nat(), fc.nat(3), (strategy, events, seed, retries) => {
        const router = routerOf(seed);
        const all = route("abcde", { strategy, retries });
        for (const { name, type, nowMs } of events) attemptOn(router, all, name, { type, nowMs });
        const plan = planOf(router, all, 50_000);
        expect(order(plan).split("").toSorted().join("")).toBe("abcde");
        expect(plan).toHaveLength(5 * (retries + 1));
        expect(plan.map(({ purpose }) => purpose).filter((purpose) => purpose === "answer")).toEqual(["answer"]);
        const firstOther = plan.findIndex(({ standing }) => standing !== "healthy");
        expect(plan.slice(firstOther).some(({ standing }) => firstOther >= 0 && standing === "healthy")).toBe(false);
        for (const planned of plan) expect(describeChoice(planned, 50_000).length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it("never holds a target outside the route's regions, whatever its state", () => {
    const anywhere = fc.array(fc.constantFrom("eu", "us", undefined), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anywhere, fc.constantFrom(...strategies), (regions, strategy) => {
        const targets = regions.map((region, index) => ({ provider: provider(`p${index}`, { region }), model: "m" }));
        const plan = planOf(routerOf(), route("", { targets, strategy, regions: ["eu"], retries: 1 }));
        expect(plan.every(({ target }) => target.provider.region === "eu")).toBe(true);
        expect(plan).toHaveLength(2 * regions.filter((region) => region === "eu").length);
      }),
    );
  });

  it("leaves out targets whose conditions do not hold", () => {
    const none = {
      feature: undefined,
      team: undefined,
      customer: undefined,
      environment: undefined,
      tags: {},
      contextMin: undefined,
      contextMax: undefined,
    };
    const when = (name: string, condition: object) => ({
      provider: provider(name),
      model: "m",
      when: { ...none, ...condition },
    });
    const conditional = route("", {
      targets: [
        when("a", { tags: { tier: ["gold", "silver"] } }),
        when("b", { contextMin: 2_000 }),
        when("c", { environment: ["production"], feature: ["chat"] }),
        when("d", { contextMax: 1_000 }),
      ],
    });
    const router = routerOf();
    const of = (asked: Partial<CallToPlan>) => order(planOf(router, conditional, 0, call(asked)));
    expect(of({})).toBe("d");
    expect(of({ inputTokens: 2_000 })).toBe("b");
    expect(of({ attributes: { ...nobody, tags: { tier: "gold" } } })).toBe("ad");
    expect(of({ attributes: { ...nobody, environment: "production", feature: "chat" } })).toBe("cd");
    expect(of({ inputTokens: 1_500 })).toBe("");
  });
});
