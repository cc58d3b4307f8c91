import { expect, it } from "vitest";
import { createMoments, formatAge, formatDate } from "./moment.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const utc = createMoments({ timezone: "UTC", now: () => now });

it("says as little of an instant as is needed today, this year, and otherwise", () => {
  expect(utc.short("2026-11-21T08:05:09.120Z")).toBe("08:05:09");
  expect(utc.short("2026-11-02T08:05:09Z")).toBe("2 Nov 08:05:09");
  expect(utc.short("2025-11-02T08:05:09Z")).toBe("2 Nov 2025 08:05:09");
});

it("speaks in the zone of the book, to the millisecond when asked", () => {
  const berlin = createMoments({ timezone: "Europe/Berlin", now: () => now });
  expect(berlin.full("2026-11-21T23:30:00.007Z")).toBe("Sun 22 Nov 2026, 00:30:00.007 Europe/Berlin");
  expect(berlin.minute("2026-11-21T23:30:00Z")).toBe("22 Nov, 00:30");
});

it("says how long ago something was", () => {
  expect([2_000, 40_000, 300_000, 7_200_000, 172_800_000].map(formatAge)).toEqual([
    "just now",
    "40 s ago",
    "5 min ago",
    "2 h ago",
    "2 d ago",
  ]);
});

it("writes dates without a time of day, and leaves alone what is none", () => {
  expect(formatDate("2025-08-07")).toBe("7 Aug 2025");
  expect(formatDate("2025-08-07T00:00:00Z")).toBe("7 Aug 2025");
  expect(formatDate("always")).toBe("always");
});
