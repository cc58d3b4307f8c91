import { describe, expect, it } from "vitest";
import type { SpendRow } from "#contract";
import { resolveRange } from "../address/time-range.ts";
import { createZone } from "../address/zone.ts";
import { spendSteps } from "./spend-steps.ts";
import { labelledSteps } from "./step-labels.ts";

const now = Date.parse("2026-11-21T14:37:00Z");

function row(unit: string, at: string, net: bigint, tare: bigint): SpendRow {
  return {
    dimensions: { [unit]: at },
    gross_nanos: (net + tare).toString(),
    net_nanos: net.toString(),
    tare_nanos: tare.toString(),
    avoided_nanos: "0",
    estimated_nanos: "0",
    in_doubt_nanos: "3",
    calls: 1,
    attempts: 1,
    refused: 0,
    unpriced: 0,
    tokens_in: 0,
    tokens_out: 0,
  };
}

describe("the steps of a chart", () => {
  it("add up minutes exactly, keep empty time, and stand the period before beside its own step", () => {
    const period = resolveRange({ type: "last", preset: "6h" }, { now, timezone: "UTC" });
    const big = 9_007_199_254_740_993n;
    const steps = spendSteps({
      period,
      timezone: "UTC",
      rows: [
        row("minute", "2026-11-21T14:31:00Z", big, 2n),
        row("minute", "2026-11-21T14:36:00Z", big, 1n),
        row("minute", "2026-11-21T08:40:00Z", 5n, 0n),
      ],
      before: [row("minute", "2026-11-21T08:33:00Z", 7n, 1n)],
    });
    expect(steps).toHaveLength(36);
    expect(steps.at(-1)).toMatchObject({
      net: 2n * big,
      tare: 3n,
      gross: 2n * big + 3n,
      inDoubt: 6n,
      calls: 2,
      before: 8n,
    });
    expect(steps[0]).toMatchObject({ net: 5n, before: 0n });
    expect(steps[1]).toMatchObject({ gross: 0n, calls: 0 });
  });

  it("say nothing of a period before that is not compared", () => {
    const period = resolveRange({ type: "last", preset: "24h" }, { now, timezone: "Europe/Berlin" });
    const rows = [row("hour", "2026-11-21T15:00:00+01:00", 4n, 0n)];
    const steps = spendSteps({ period, timezone: "Europe/Berlin", rows, before: undefined });
    expect(steps.at(-1)).toMatchObject({ gross: 4n, before: undefined });
  });
});

describe("the labels of an axis", () => {
  it("stand at round times, as many as fit", () => {
    const zone = createZone("UTC");
    for (const preset of ["15m", "1h", "6h", "24h", "7d", "30d", "90d", "12mo"] as const) {
      const { starts } = resolveRange({ type: "last", preset }, { now, timezone: "UTC" });
      const places = labelledSteps(starts, { zone, room: 8 });
      expect(places.length, preset).toBeGreaterThan(1);
      expect(places.length, preset).toBeLessThanOrEqual(8);
    }
    const { starts } = resolveRange({ type: "last", preset: "24h" }, { now, timezone: "UTC" });
    const hours = labelledSteps(starts, { zone, room: 8 }).map((index) => zone.wallOf(starts[index] ?? 0).hour);
    expect(hours).toEqual([15, 18, 21, 0, 3, 6, 9, 12]);
  });
});
