import { afterEach, describe, expect, it } from "vitest";
import { LAG_EVERY_MS, LAG_IDLE_MS, LoadLimit } from "./load-limit.ts";
import { answering, ask, chat, Rig } from "./rig.ts";

const limits = { callsMax: 1_000, lagMsMax: 50 };

/** A loop in which each timer fires `lateMs` late, for `times` times. */
function lagging(limit: LoadLimit, lateMs: number, times: number, from = 0): number {
  let nowMs = from;
  for (let time = 0; time < times; time += 1) {
    limit.measured(nowMs, 0);
    nowMs += LAG_EVERY_MS + lateMs;
  }
  return nowMs;
}

describe("a thread", () => {
  it("takes as many calls at once as it may", () => {
    const limit = new LoadLimit(limits, () => 0);
    expect([limit.refuses(1_000), limit.refuses(1_001)]).toEqual([undefined, "calls"]);
  });

  it("refuses a part of its calls while its loop lags, the more the later it is, and none once it has recovered", () => {
    const draws = Array.from({ length: 1_000 }, (_, index) => index / 1_000);
    let draw = 0;
    const limit = new LoadLimit(limits, () => draws[(draw += 1) % draws.length] ?? 0);
    const refused = () => draws.filter(() => limit.refuses(500) === "lag").length / draws.length;
    const calmFrom = lagging(limit, 40, 20);
    expect(refused()).toBe(0);
    const mildUntil = lagging(limit, 100, 30, calmFrom);
    expect(refused()).toBeCloseTo(0.5, 1);
    const hardUntil = lagging(limit, 500, 30, mildUntil);
    expect(refused()).toBeCloseTo(0.9, 1);
    lagging(limit, 0, 12, hardUntil);
    expect(refused()).toBe(0);
  });

  it("does not take for its own what other programs do to it: few calls cannot hold a loop up", () => {
    const limit = new LoadLimit(limits, () => 0);
    lagging(limit, 500, 30);
    expect([limit.refuses(255), limit.refuses(256)]).toEqual([undefined, "lag"]);
  });

  it("is not late where it was to be looked at later", () => {
    const limit = new LoadLimit(limits, () => 0);
    for (let nowMs = 0; nowMs < 5_000; nowMs += LAG_IDLE_MS) limit.measured(nowMs, 0, LAG_IDLE_MS);
    expect(limit.lagMs).toBe(0);
  });

  it("does not take one pause for an overload", () => {
    const limit = new LoadLimit(limits, () => 0);
    const pausedAt = lagging(limit, 0, 5);
    limit.measured(pausedAt + 150, 0);
    expect(limit.refuses(500)).toBeUndefined();
  });

  it("refuses everything while its heap is nearly full", () => {
    const limit = new LoadLimit(limits, () => 1);
    limit.measured(0, 0.96);
    expect(limit.refuses(1)).toBe("heap");
  });
});

describe("a call over the limit", () => {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.stop();
  });

  it("is refused 503 with the time to come again, before its body is read, and those that run go on", async () => {
    const held: (() => void)[] = [];
    rig = await Rig.start({
      script: (...args) => void held.push(() => answering(...args)),
      limits: { callsMax: 2 },
    });
    const made = rig;
    const running = [ask(made, { body: chat() }), ask(made, { body: chat() })];
    while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const refused = await ask(made, { body: chat() });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(refused.body).toContain("overloaded");
    for (const go of held) go();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask(made, { path: "/healthz", method: "GET" })).status).toBe(200);
  });
});
