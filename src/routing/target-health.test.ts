import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "#units";
import { attempt, attemptOn, order, planOf, provider, route, routerOf } from "./test-router.ts";

describe("a target that fails", () => {
  it("is asked last after five failures in a row, for 30 seconds, then 60", () => {
    const router = routerOf();
    const two = route("ab");
    const failFive = (nowMs: number) => {
      for (let time = 0; time < 5; time += 1) attemptOn(router, two, "a", { type: "failed", nowMs });
    };
    failFive(0);
    expect([0, 29_999, 36_000].map((nowMs) => order(planOf(router, two, nowMs)))).toEqual(["ba", "ba", "ab"]);
    failFive(40_000);
    expect([99_000, 106_000].map((nowMs) => order(planOf(router, two, nowMs)))).toEqual(["ba", "ab"]);
  });

  it("for a minute costs ten attempts, is answered for all the time, and is asked again within the time it was set aside", () => {
    for (const seed of [7, 8, 9]) {
      const router = routerOf(seed);
      const two = route("ab");
      const [deadFromMs, deadUntilMs] = [10_000, 70_000];
      let asked = 0;
      let backMs: number | undefined;
      for (let nowMs = 0; nowMs < 180_000; nowMs += 50) {
        const isDead = nowMs >= deadFromMs && nowMs < deadUntilMs;
        const answered = planOf(router, two, nowMs).find((planned) => {
          const isAnswered = !(isDead && planned.target.provider.name === "a");
          attempt(router, planned, { type: isAnswered ? "answered" : "failed" }, nowMs);
          if (!isAnswered) asked += 1;
          return isAnswered;
        });
        expect(answered).toBeDefined();
        if (nowMs >= deadUntilMs && answered?.target.provider.name === "a") backMs ??= nowMs - deadUntilMs;
      }
      expect(asked).toBe(10);
      // It was set aside twice, the second time for 60 seconds and up to 5 more, of which most had passed.
      expect(backMs).toBeLessThan(65_000);
    }
  });

  it("is not set aside while other answers come between its failures, but is when half of many fail", () => {
    const router = routerOf();
    const two = route("ab");
    for (let time = 0; time < 19; time += 1) {
      attemptOn(router, two, "a", { type: time % 2 === 0 ? "failed" : "answered", nowMs: 10 });
    }
    expect(order(planOf(router, two, 10))).toBe("ab");
    attemptOn(router, two, "a", { type: "failed", nowMs: 10 });
    attemptOn(router, two, "a", { type: "failed", nowMs: 10 });
    expect(order(planOf(router, two, 10))).toBe("ba");
  });

  it("is not blamed for calls that were at fault or that nobody waited for", () => {
    const router = routerOf();
    const two = route("ab");
    for (let time = 0; time < 50; time += 1) {
      attemptOn(router, two, "a", { type: time % 2 === 0 ? "refused" : "abandoned" });
    }
    expect(order(planOf(router, two))).toBe("ab");
  });

  it("is set aside alone: targets of at most a tenth of the providers are, and of one in any case", () => {
    const router = routerOf();
    const all = route("abcde");
    for (const name of "abc") for (let time = 0; time < 9; time += 1) attemptOn(router, all, name, { type: "failed" });
    expect(router.report(1).filter(({ availability }) => availability === "ejected")).toHaveLength(1);
  });

  it("is set aside with every model that fails, since a provider that is down fails with all of them", () => {
    const router = routerOf();
    const models = ["m", "n", "o"].map((model) => ({
      ...route("ab"),
      targets: route("ab").targets.map((target) => ({ ...target, model })),
    }));
    for (const one of models) for (let time = 0; time < 5; time += 1) attemptOn(router, one, "a", { type: "failed" });
    expect(models.map((one) => order(planOf(router, one)))).toEqual(["ba", "ba", "ba"]);
  });

  it("cools down for as long as it asked, and otherwise for longer each time", () => {
    const router = routerOf();
    const two = route("ab");
    attemptOn(router, two, "a", { type: "limited", askedDelayMs: 7_000 });
    expect([6_999, 7_000].map((nowMs) => order(planOf(router, two, nowMs)))).toEqual(["ba", "ab"]);
    attemptOn(router, two, "a", { type: "answered", nowMs: 8_000 });
    attemptOn(router, two, "a", { type: "limited", nowMs: 10_000 });
    attemptOn(router, two, "a", { type: "limited", nowMs: 10_000 });
    expect([11_999, 12_000].map((nowMs) => order(planOf(router, two, nowMs)))).toEqual(["ba", "ab"]);
  });

  it("is full at 1,024 attempts at once", () => {
    const router = routerOf();
    const two = route("ab");
    const [first] = planOf(router, two);
    if (first === undefined) throw new Error("no plan");
    for (let running = 0; running < 1_024; running += 1) router.began(first, 0);
    expect(order(planOf(router, two))).toBe("ba");
    expect(first.health.isFull).toBe(true);
  });
});

describe("several keys of one provider", () => {
  const keyed = provider("a", { apiKey: new Secret("1"), moreKeys: [new Secret("2"), new Secret("3")] });
  const three = route("", { targets: [{ provider: keyed, model: "m" }] });

  it("are used in turn, and one that is limited rests while the others go on", () => {
    const router = routerOf();
    const used = Array.from({ length: 6 }, () => {
      const [first] = planOf(router, three);
      if (first === undefined) throw new Error("no plan");
      const key = router.began(first, 0);
      first.health.headCame();
      router.ended(
        first,
        { type: key === 1 ? "limited" : "answered", durationMs: 1, askedDelayMs: 60_000 },
        { key, nowMs: 0 },
      );
      return key;
    });
    expect(new Set(used)).toEqual(new Set([0, 1, 2]));
    expect(used.filter((key) => key === 1)).toHaveLength(1);
    expect(planOf(router, three)[0]?.standing).toBe("healthy");
  });

  it("are used before one that may be asked again at once, which a provider with a single one is", () => {
    const router = routerOf();
    const limitedAtOnce = { type: "limited", durationMs: 1, askedDelayMs: 0 } as const;
    const use = (one: typeof three) => {
      const [first] = planOf(router, one);
      if (first === undefined) throw new Error("no plan");
      const key = router.began(first, 0);
      first.health.headCame();
      router.ended(first, key === 0 ? limitedAtOnce : { type: "answered", durationMs: 1 }, { key, nowMs: 0 });
      return key;
    };
    expect(Array.from({ length: 7 }, () => use(three))).toEqual([0, 1, 2, 1, 1, 2, 1]);
    const single = route("b");
    expect([use(single), planOf(router, single)[0]?.standing]).toEqual([0, "healthy"]);
  });

  it.each([0, 1, 2])(
    "are all that is reported: with key %i limited the target is healthy, without any it cools",
    (limited) => {
      const router = routerOf();
      const standing = () => router.report(0).map(({ availability }) => availability);
      const use = (isLimited: (key: number) => boolean) => {
        for (let time = 0; time < 3; time += 1) {
          const [first] = planOf(router, three);
          if (first === undefined) throw new Error("no plan");
          const key = router.began(first, 0);
          const type = isLimited(key) ? "limited" : "answered";
          first.health.headCame();
          router.ended(first, { type, durationMs: 1, askedDelayMs: 60_000 }, { key, nowMs: 0 });
        }
      };
      use((key) => key === limited);
      expect(standing()).toEqual(["healthy"]);
      use(() => true);
      expect(standing()).toEqual(["cooling"]);
    },
  );

  it("give the plan one try each, those beyond the route's retries only for another key", () => {
    const plan = planOf(routerOf(), { ...three, retries: 1 });
    expect(plan.map(({ isForOtherKey }) => isForOtherKey)).toEqual([false, false, true]);
  });
});

describe("the retry budget of a provider", () => {
  it("gives in any ten seconds three retries, and beyond that one for five attempts", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 300 }), fc.nat(4), (gaps, askedEach) => {
        const router = routerOf();
        const [planned] = planOf(router, route("a"));
        if (planned === undefined) throw new Error("no plan");
        const firsts: number[] = [];
        const retries: number[] = [];
        let nowMs = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          router.began(planned, nowMs);
          firsts.push(nowMs);
          for (let asked = 0; asked < askedEach; asked += 1) {
            if (router.takeRetry(planned, nowMs)) retries.push(nowMs);
            const within = (times: readonly number[]) => times.filter((time) => time > nowMs - 9_000).length;
            // Slots are whole seconds: what is counted reaches from nine to ten seconds back.
            const attemptsAtMost = firsts.filter((time) => time > nowMs - 10_000).length;
            expect(within(retries)).toBeLessThanOrEqual(Math.max(3, Math.ceil(0.2 * attemptsAtMost)));
          }
        }
      }),
    );
  });
});

describe("hedging", () => {
  const hedged = route("ab", { hedging: { quantile: 0.95, share: 0.1 } });

  it("waits for twenty answers, and then for the quantile of what was seen", () => {
    const router = routerOf();
    const [first] = planOf(router, hedged);
    if (first === undefined) throw new Error("no plan");
    for (let time = 0; time < 19; time += 1) attemptOn(router, hedged, "a", { durationMs: 100 + time });
    expect(router.hedgeAfterMs(hedged, first, false)).toBeUndefined();
    attemptOn(router, hedged, "a", { durationMs: 400 });
    const afterMs = router.hedgeAfterMs(hedged, first, false) ?? 0;
    expect(afterMs).toBeGreaterThan(110);
    expect(afterMs).toBeLessThan(150);
    expect(router.hedgeAfterMs(hedged, first, true)).toBeUndefined();
  });

  it("takes no more than its share of the calls", () => {
    const router = routerOf();
    let hedges = 0;
    for (let made = 0; made < 1_000; made += 1) {
      planOf(router, hedged);
      if (router.takeHedge(hedged)) hedges += 1;
    }
    expect(hedges).toBeLessThanOrEqual(100);
    expect(hedges).toBeGreaterThan(90);
  });
});

describe("what a thread knows of targets", () => {
  it("is bounded, however many models clients name", () => {
    const router = routerOf();
    for (let model = 0; model < 3_000; model += 1) {
      const one = route("", { targets: [{ provider: provider("a"), model: `m${model}` }] });
      for (const planned of planOf(router, one, model)) attempt(router, planned, {}, model);
    }
    expect(router.report(0).length).toBeLessThanOrEqual(1_000);
  });
});
