import { expect, it } from "vitest";
import { instant } from "#units";
import { newBooks } from "./books-rig.ts";

const books = newBooks();

const day = (date: string, more: object = {}) => ({
  provider: "openai",
  day: date,
  series: "costs",
  format: "openai",
  buckets: "[1]",
  fetchedAt: instant(5),
  ...more,
});

it("a later report of a day takes the place of the one before, and other days, kinds and providers stay", async () => {
  await books().reports.keep([day("2027-01-01"), day("2027-01-02"), day("2027-01-02", { series: "usage" })]);
  await books().reports.keep([day("2027-01-02", { buckets: "[2]", fetchedAt: instant(9) })]);
  await books().reports.keep([day("2027-01-02", { provider: "claude", format: "anthropic" })]);
  const range = { provider: "openai", from: "2027-01-01", to: "2027-01-02" };
  const kept = await books().reports.within(range);
  expect(kept.map((each) => [each.day, each.series, each.buckets, each.fetchedAt])).toEqual([
    ["2027-01-01", "costs", "[1]", 5],
    ["2027-01-02", "costs", "[2]", 9],
    ["2027-01-02", "usage", "[1]", 5],
  ]);
  expect(await books().reports.within({ ...range, from: "2027-01-03", to: "2027-02-01" })).toEqual([]);
});

it("says of each provider which days are kept, and since when", async () => {
  expect(await books().reports.spans()).toEqual([]);
  await books().reports.keep([day("2027-01-01"), day("2027-01-03", { fetchedAt: instant(9) })]);
  await books().reports.keep([day("2027-01-03", { series: "usage" })]);
  const span = { provider: "openai", format: "openai", days: 2, firstDay: "2027-01-01", lastDay: "2027-01-03" };
  expect(await books().reports.spans()).toEqual([{ ...span, fetchedAt: 9 }]);
});

it("imports of bills are listed with the newest first, and one that is noted again is one", async () => {
  const { billImports } = books();
  await billImports.keep({ id: "import_1", begunAt: instant(1), report: "{}" });
  await billImports.keep({ id: "import_2", begunAt: instant(2), report: "{}" });
  await billImports.keep({ id: "import_1", begunAt: instant(1), report: '{"booked":3}' });
  expect((await billImports.newest(9)).map(({ id, report }) => [id, report])).toEqual([
    ["import_2", "{}"],
    ["import_1", '{"booked":3}'],
  ]);
  expect(await billImports.newest(1)).toHaveLength(1);
});
