import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assert } from "#std";
import { fromReportDays, readReport, toReportDays } from "./index.ts";

const DAY_SECONDS = 86_400;
const FIRST = 1_798_761_600;
const usage = (model: string, input: number) => ({
  object: "organization.usage.completions.result",
  model,
  service_tier: "default",
  input_tokens: input,
});
const cost = (line_item: string, value: number) => ({
  object: "organization.costs.result",
  amount: { value, currency: "usd" },
  line_item,
});
const bucket = (day: number, results: readonly object[]) => ({
  start_time: FIRST + day * DAY_SECONDS,
  end_time: FIRST + (day + 1) * DAY_SECONDS,
  results,
});
const page = (data: readonly object[], has_more = false) => ({ object: "page", data, has_more });

const anyDays = fc.uniqueArray(fc.record({ day: fc.nat(20), input: fc.nat(1e9), value: fc.nat(1e6) }), {
  selector: ({ day }) => day,
  minLength: 1,
  maxLength: 8,
});

describe("a report that was cut into days", () => {
  it("says the same as before, however its days were spread over pages", () => {
    fc.assert(
      fc.property(anyDays, fc.nat(8), (days, cut) => {
        const uses = days.map(({ day, input }) => bucket(day, input === 0 ? [] : [usage("m", input)]));
        const costs = days.map(({ day, value }) => bucket(day, [cost("m, input", value / 1e6)]));
        const [first, second] = [page(uses.slice(0, cut), uses.length > cut), page(uses.slice(cut))];
        const pages = [...(cut === 0 ? [] : [first]), ...(uses.length > cut ? [second] : []), page(costs)];
        const asked = pages.map((_, index) => (index === pages.length - 1 ? "costs" : "completions"));
        const before = readReport(pages, "USD", asked);
        const cutUp = toReportDays(JSON.parse(JSON.stringify(pages)), "USD", asked);
        assert(before.ok && cutUp.ok, "pages of a test are a report");
        const after = fromReportDays(cutUp.value, "USD");
        assert(after !== undefined, "what was kept is a report");
        const sorted = (of: readonly object[]) => of.map((each) => JSON.stringify(each, printed)).toSorted(byText);
        expect(sorted(after.usage)).toEqual(sorted(before.value.usage));
        expect(sorted(after.costs)).toEqual(sorted(before.value.costs));
        expect([...after.stated].toSorted(byText)).toEqual([...before.value.stated].toSorted(byText));
        expect(after.days).toEqual(before.value.days);
        expect(cutUp.value).toHaveLength(days.length * 2);
      }),
      { numRuns: 50 },
    );
  });

  it("has nothing of a kind that had no results where nobody knows what was asked for", () => {
    const empty = page([bucket(0, [])]);
    const unknown = toReportDays([empty], "USD");
    expect(unknown.ok && unknown.value).toEqual([]);
    const known = toReportDays([empty], "USD", ["embeddings"]);
    expect(known.ok && known.value.map(({ day, series }) => `${day} ${series}`)).toEqual(["2027-01-01 embeddings"]);
    assert(known.ok, "an empty page is a report");
    expect([...(fromReportDays(known.value, "USD")?.stated ?? [])]).toEqual(["2027-01-01 embedding_input"]);
  });

  it("is compared without tiers where only some of its days are by tier", () => {
    const tiered = toReportDays([page([bucket(0, [usage("m", 1)])])], "USD");
    const bare = toReportDays([page([bucket(1, [{ ...usage("m", 2), service_tier: null }])])], "USD");
    assert(tiered.ok && bare.ok, "both are reports");
    const isByTier = (days: typeof tiered.value) => fromReportDays(days, "USD")?.isByTier;
    expect([isByTier(tiered.value), isByTier(bare.value), isByTier([...tiered.value, ...bare.value])]).toEqual([
      true,
      false,
      false,
    ]);
    expect(fromReportDays([], "USD")).toBeUndefined();
  });

  it("is refused whole where it is not whole", () => {
    const cut = toReportDays([page([bucket(0, [usage("m", 1)])], true)], "USD");
    expect(cut.ok || cut.error.type).toBe("incomplete");
  });
});

function printed(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}
