import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant } from "#units";
import { periodAt, type PeriodLength, periodLengths } from "./period.ts";
import { Zone } from "./zone.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Havana",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
];

function zone(name: string): Zone {
  const opened = Zone.open(name);
  if (!opened.ok) throw new Error(name);
  return opened.value;
}

function at(text: string, per: PeriodLength, name: string) {
  const { key, from, to } = periodAt(instant(Date.parse(text)), { per, zone: zone(name) });
  return [key, new Date(from).toISOString(), new Date(to).toISOString()];
}

/** The local date as the platform writes it, with none of our arithmetic. */
function localDate(name: string, ms: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: name }).format(ms);
}

const anyInstant = fc.integer({ min: Date.parse("2013-01-01"), max: Date.parse("2037-01-01") }).map(instant);
const anyZone = fc.constantFrom(...ZONES);

describe("a period", () => {
  it("holds its instant and meets its neighbours without gap or overlap", () => {
    const limited = periodLengths.filter((per) => per !== "total");
    fc.assert(
      fc.property(anyInstant, anyZone, fc.constantFrom(...limited), (now, name, per) => {
        const period = periodAt(now, { per, zone: zone(name) });
        expect(period.from).toBeLessThanOrEqual(now);
        expect(period.to).toBeGreaterThan(now);
        expect(periodAt(period.to, { per, zone: zone(name) }).from).toBe(period.to);
        expect(periodAt(instant(period.from - 1), { per, zone: zone(name) }).to).toBe(period.from);
        expect(periodAt(instant(period.to - 1), { per, zone: zone(name) })).toEqual(period);
      }),
    );
  });

  it("of a day begins where a walk through the quarters of the day first meets the date", () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (now, name) => {
        const { key, from } = periodAt(now, { per: "day", zone: zone(name) });
        expect(key).toBe(localDate(name, now));
        let walked = Math.floor(now / 900_000) * 900_000;
        while (localDate(name, walked - 900_000) === key) walked -= 900_000;
        expect(from).toBe(walked);
      }),
      { numRuns: 60 },
    );
  });

  it("of a day has 23 hours when the clocks go forward and 25 when they go back", () => {
    expect(at("2026-03-29T12:00Z", "day", "Europe/Berlin")).toEqual([
      "2026-03-29",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
    expect(at("2026-10-25T12:00Z", "day", "Europe/Berlin")).toEqual([
      "2026-10-25",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ]);
  });

  it("begins with the change where midnight is skipped, and at the first midnight where there are two", () => {
    expect(at("2026-04-24T12:00Z", "day", "Africa/Cairo")[1]).toBe("2026-04-23T22:00:00.000Z");
    expect(at("2026-11-01T12:00Z", "day", "America/Havana")[1]).toBe("2026-11-01T04:00:00.000Z");
  });

  it("leaves out a day that a zone never had", () => {
    expect(at("2011-12-30T10:00Z", "day", "Pacific/Apia")[0]).toBe("2011-12-31");
    expect(at("2011-12-30T09:59Z", "day", "Pacific/Apia")).toEqual([
      "2011-12-29",
      "2011-12-29T10:00:00.000Z",
      "2011-12-30T10:00:00.000Z",
    ]);
  });

  it("of a week is that of ISO 8601", () => {
    expect(at("2027-01-03T12:00Z", "week", "UTC")).toEqual([
      "2026-W53",
      "2026-12-28T00:00:00.000Z",
      "2027-01-04T00:00:00.000Z",
    ]);
    expect(at("2027-01-04T00:00Z", "week", "UTC")[0]).toBe("2027-W01");
  });

  it("of an hour keeps the two hours apart that one autumn morning has", () => {
    expect(at("2026-10-25T00:30Z", "hour", "Europe/Berlin")[0]).toBe("2026-10-25T00:00:00");
    expect(at("2026-10-25T01:30Z", "hour", "Europe/Berlin")[0]).toBe("2026-10-25T01:00:00");
  });

  it("of month and year ends with the local one", () => {
    expect(at("2026-12-31T15:00Z", "month", "Asia/Tokyo")[0]).toBe("2027-01");
    expect(at("2026-12-31T14:59Z", "year", "Asia/Tokyo")[0]).toBe("2026");
  });

  it("that is total never ends", () => {
    expect(at("2026-12-31T15:00Z", "total", "UTC")[0]).toBe("total");
  });
});
