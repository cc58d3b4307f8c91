import { expect, it } from "vitest";
import { isMonth, monthAt, monthSpan, sayMonth, shiftMonth } from "./month.ts";

it("is the month that people of the zone are in", () => {
  const late = Date.parse("2026-10-31T23:30:00Z");
  expect([monthAt(late, "UTC"), monthAt(late, "Europe/Berlin")]).toEqual(["2026-10", "2026-11"]);
});

it("goes over the ends of years", () => {
  expect([shiftMonth("2026-12", 1), shiftMonth("2027-01", -1), shiftMonth("2026-11", -23)]).toEqual([
    "2027-01",
    "2026-12",
    "2024-12",
  ]);
});

it("begins and ends at midnight there, also when the clocks have changed", () => {
  const { from, to } = monthSpan("2026-10", "Europe/Berlin");
  expect([new Date(from).toISOString(), new Date(to).toISOString()]).toEqual([
    "2026-09-30T22:00:00.000Z",
    "2026-10-31T23:00:00.000Z",
  ]);
});

it("is written and said", () => {
  expect(sayMonth("2026-11")).toBe("November 2026");
  expect([isMonth("2026-11"), isMonth("2026-13"), isMonth(undefined)]).toEqual([true, false, false]);
});
