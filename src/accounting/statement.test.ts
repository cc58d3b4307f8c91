import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Statement } from "#contract";
import { AllocationRig, at } from "./allocation-rig.ts";

let rig: AllocationRig;

beforeEach(async () => {
  rig = await AllocationRig.open();
});

afterEach(() => rig.close());

describe("a statement", () => {
  it("has the team's layers, the months before, and parts that add up to the difference", async () => {
    await rig.book(
      { id: "o", nanos: 100n, feature: "support", team: "care", tokens: 10, at: "2026-10-05T10:00:00Z" },
      { id: "a", nanos: 150n, feature: "support", team: "care", tokens: 30 },
      { id: "b", nanos: 50n, feature: "support", team: "care", tokens: 10 },
      { id: "t", nanos: 9n, feature: "support", team: "care", kind: "tool" },
      { id: "gpu", nanos: 40n, layer: "GPUs and serving" },
    );
    const of = rig.allocations([{ name: "gpus", of: { kind: "bill" }, by: "tokens", to: "team" }]);
    const answer = await of.statement("care", "2026-11");
    if (!answer.ok) throw new Error(answer.error.detail);
    const statement = Statement.parse(JSON.parse(JSON.stringify(answer.value)));
    expect(statement).toMatchObject({ total_nanos: "249", before_nanos: "100", before: "2026-10" });
    expect(statement.layers.map((row) => [row.layer, row.direct_nanos, row.shared_nanos, row.before_nanos])).toEqual([
      ["model answers", "200", "0", "100"],
      ["GPUs and serving", "0", "40", "0"],
      ["tools", "9", "0", "0"],
    ]);
    // Two calls instead of one: +100; 20 tokens a call instead of 10: +200; 5 instead of 10 nanos a token: −200.
    expect(statement.bridge.map(({ part, nanos }) => [part, nanos])).toEqual([
      ["volume", "100"],
      ["mix", "0"],
      ["efficiency", "200"],
      ["price", "-200"],
      ["work", "9"],
      ["shared", "40"],
    ]);
    expect(statement.trend.map(({ month, total_nanos: total }) => [month, total])).toEqual([
      ["2026-06", "0"],
      ["2026-07", "0"],
      ["2026-08", "0"],
      ["2026-09", "0"],
      ["2026-10", "100"],
      ["2026-11", "249"],
    ]);
    expect(statement.drivers).toEqual({ calls: "2", tokens: "40", calls_before: "1", tokens_before: "10" });
  });

  it("tells calls of the same moment as its layers, whatever is booked meanwhile and after the month was closed", async () => {
    const own = { feature: "support", team: "care", tokens: 10 } as const;
    const old = { ...own, at: "2026-10-05T10:00:00Z" } as const;
    await rig.book({ id: "o", nanos: 100n, ...old }, { id: "a", nanos: 150n, ...own });
    const of = rig.allocations([]);
    const told = async () => {
      const answer = await of.statement("care", "2026-11");
      if (!answer.ok) throw new Error(answer.error.detail);
      const { total_nanos: total, before_nanos: before, bridge, drivers } = answer.value;
      const parts = bridge.filter(({ nanos }) => nanos !== "0").map(({ part, nanos }) => [part, nanos]);
      return { total, before, parts, drivers };
    };
    const first = {
      total: "150",
      before: "100",
      parts: [["price", "50"]],
      drivers: { calls: "1", tokens: "10", calls_before: "1", tokens_before: "10" },
    };
    expect(await told()).toEqual(first);
    await rig.book({ id: "b", nanos: 17n, ...own });
    expect(await told()).toEqual(first);
    expect(await of.close("2026-10", { audit: "audit_october", who: "token ada", at: rig.now })).toMatchObject({
      ok: true,
    });
    rig.now = at("2026-11-20T13:00:00Z");
    await rig.book({ id: "late", nanos: 5n, bookedAt: rig.now, ...old });
    rig.now = at("2026-11-20T14:00:00Z");
    expect(await told()).toEqual({
      total: "172",
      before: "100",
      parts: [
        ["volume", "100"],
        ["price", "-33"],
        ["shared", "5"],
      ],
      drivers: { calls: "2", tokens: "20", calls_before: "1", tokens_before: "10" },
    });
  });
});
