import { describe, expect, it } from "vitest";
import { BudgetsSection, refusedAbove } from "./budget-definition.ts";

function read(...written: unknown[]) {
  return BudgetsSection.parse(written)("Europe/Berlin");
}

describe("the section budgets", () => {
  it("reads a budget with its actions, sorted, and fills in the rest", () => {
    expect(
      read({ scope: { team: "support" }, per: "month", limit: "500 USD", at: { "100%": "refuse", "80%": "alert" } }),
    ).toEqual([
      {
        id: "team=support/month",
        scope: { team: "support" },
        unit: "USD",
        per: "month",
        limit: 500_000_000_000n,
        zone: "Europe/Berlin",
        thresholds: [
          { percent: 80, action: "alert" },
          { percent: 100, action: "refuse" },
        ],
        valuesMax: 10_000,
      },
    ]);
  });

  it("refuses at the limit when nothing else is said, and at no limit when only alerts are", () => {
    const [plain, early, alerts] = read(
      { scope: { user: "*" }, per: "day", limit: "2 USD" },
      { scope: "everything", per: "day", limit: "2 USD", at: { "90%": "refuse" } },
      { name: "watched", scope: "everything", per: "day", limit: "2 USD", at: { "90%": "alert" } },
    );
    expect([plain, early, alerts].map((each) => each && refusedAbove(each))).toEqual([
      2_000_000_000n,
      1_800_000_000n,
      undefined,
    ]);
  });

  it("reads limits on requests, tokens and what runs at once, each with an id of its own", () => {
    const key = { scope: { key: "ci" }, per: "minute" };
    const limits = read(
      { ...key, limit: "1.50 USD" },
      { ...key, limit: "60 requests" },
      { ...key, limit: "100000 tokens" },
      { scope: { key: "*" }, limit: "20 concurrent" },
    );
    expect(limits.map(({ id, unit, per, limit }) => [id, unit, per, limit])).toEqual([
      ["key=ci/minute", "USD", "minute", 1_500_000_000n],
      ["key=ci/minute/requests", "requests", "minute", 60n],
      ["key=ci/minute/tokens", "tokens", "minute", 100_000n],
      ["key=*/concurrent", "concurrent", "total", 20n],
    ]);
  });

  it.for([
    { scope: "everything", limit: "2 USD" },
    { scope: "everything", per: "day", limit: "2 concurrent" },
    { scope: "everything", per: "day", limit: "2.5 requests" },
    { scope: "everything", per: "day", limit: "-2 tokens" },
    { scope: "everything", per: "day", limit: "2 requests", at: { "50%": "clamp" } },
    { scope: "everything", limit: "2 concurrent", at: { "50%": "degrade" } },
    { scope: { squad: "a" }, per: "day", limit: "2 USD" },
    { scope: {}, per: "day", limit: "2 USD" },
    { scope: { session: "s1" }, per: "day", limit: "2 USD" },
    { scope: "everything", per: "fortnight", limit: "2 USD" },
    { scope: "everything", per: "day", limit: 2 },
    { scope: "everything", per: "day", limit: "2 USD", timezone: "Mars/Olympus" },
    { scope: "everything", per: "day", limit: "2 USD", at: { "all of it": "refuse" } },
    { scope: "everything", per: "day", limit: "2 USD", budget: 5 },
  ])("refuses %j", (written) => {
    expect(BudgetsSection.safeParse([written]).success).toBe(false);
  });

  it("refuses two budgets of one name, whose sums nobody could tell apart", () => {
    const budget = { scope: "everything", per: "day", limit: "2 USD" };
    expect(BudgetsSection.safeParse([budget, { ...budget, limit: "3 USD" }]).success).toBe(false);
  });
});
