import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPresetName, parseStep, presetFor, presets, resolveRange } from "./time-range.ts";
import { createZone, DAY, HOUR, MINUTE } from "./zone.ts";

const now = Date.parse("2026-11-21T14:37:12.345Z");
const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe");
const names = fc.constantFrom(...Object.keys(presets).filter(isPresetName));
const two = (value: number) => value.toString().padStart(2, "0");
const presetAtAge = (age: number | undefined) => presetFor({ firstAt: age === undefined ? undefined : now - age, now });
const read = (value: string, timezone = "UTC") => {
  const at = parseStep(value, timezone);
  return at === undefined ? undefined : new Date(at).toISOString();
};
const instants = fc.integer({ min: Date.parse("2020-01-01"), max: Date.parse("2030-01-01") });

describe("a range that ends now", () => {
  it("has whole steps of its preset, the last of them the running one, and half a day is compared with half a day", () => {
    fc.assert(
      fc.property(zones, names, instants, (timezone, preset, at) => {
        const period = resolveRange({ type: "last", preset }, { now: at, timezone });
        expect(period.starts[0]).toBe(period.from);
        expect(period.to).toBe(at);
        expect(period.starts.at(-1)).toBeLessThanOrEqual(at);
        expect(period.end).toBeGreaterThanOrEqual(at);
        expect(period.starts).toEqual(period.starts.toSorted((a, b) => a - b));
        expect(period.to - period.from).toBe(period.before.to - period.before.from);
        expect(Math.abs(period.starts.length - presets[preset].steps)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it("cuts days where the zone cuts them, also when the clocks change", () => {
    const after = Date.parse("2026-10-26T12:00:00Z");
    const period = resolveRange({ type: "last", preset: "30d" }, { now: after, timezone: "Europe/Berlin" });
    expect(period.starts.slice(-3).map((start) => new Date(start).toISOString())).toEqual([
      "2026-10-23T22:00:00.000Z",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ]);
  });
});

describe("a range between two times", () => {
  it("keeps exactly these times, and the same length before them", () => {
    const period = resolveRange({ type: "between", from: now - 3 * HOUR, to: now }, { now, timezone: "UTC" });
    expect(period).toMatchObject({ from: now - 3 * HOUR, to: now, unit: "minute", units: 10 });
    expect(period.before).toMatchObject({ from: now - 6 * HOUR, to: now - 3 * HOUR });
    expect(period.starts[0]).toBe(Date.parse("2026-11-21T11:30:00Z"));
  });
});

it("opens a new ledger on its first minutes and an old one on a month", () => {
  expect([undefined, MINUTE, 20 * MINUTE, 2 * HOUR, 20 * HOUR, 3 * DAY, 40 * DAY].map(presetAtAge)).toEqual([
    "1h",
    "15m",
    "1h",
    "6h",
    "24h",
    "7d",
    "30d",
  ]);
});

describe("a value of a time dimension", () => {
  it("is read back as the start of its step", () => {
    expect(read("2026-11-21T14:00:00Z")).toBe("2026-11-21T14:00:00.000Z");
    expect(read("2026-11-21T14:00:00+01:00", "Europe/Berlin")).toBe("2026-11-21T13:00:00.000Z");
    expect(read("2026-11-21", "Europe/Berlin")).toBe("2026-11-20T23:00:00.000Z");
    expect(read("2026-11", "Europe/Berlin")).toBe("2026-10-31T23:00:00.000Z");
    expect(read("2026-W01")).toBe("2025-12-29T00:00:00.000Z");
    expect(read("soon")).toBeUndefined();
  });

  it("agrees with the zone about every instant", () => {
    fc.assert(
      fc.property(zones, instants, (timezone, at) => {
        const zone = createZone(timezone);
        const start = zone.floor(at, "day");
        const { year, month, day } = zone.wallOf(at);
        expect(parseStep(`${year}-${two(month)}-${two(day)}`, timezone)).toBe(start);
        expect(start).toBeLessThanOrEqual(at);
        expect(zone.add(start, { unit: "day", count: 1 })).toBeGreaterThan(at);
      }),
      { numRuns: 60 },
    );
  });
});
