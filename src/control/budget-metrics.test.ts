import { describe, expect, it } from "vitest";
import { BudgetsSection, BudgetTable } from "#budget";
import { instant } from "#units";
import { budgetMetrics } from "./budget-metrics.ts";
import { renderMetrics } from "./metrics-text.ts";

const now = instant(Date.parse("2026-01-02T03:04:05Z"));
const alerts = { origin: undefined, format: undefined, noted: 1, waiting: 2, sent: 3, failed: 4 };

describe("the metrics of budgets", () => {
  it("are of the hundred tightest accounts, however many users there are, and say how many they leave out", () => {
    const configured = BudgetsSection.parse([
      { name: "each", scope: { user: "*" }, per: "day", limit: "2 USD", at: { "50%": "refuse" } },
    ])("UTC");
    const period = new BudgetTable(configured, 1).budget("each")?.clock.at(now) ?? expect.fail();
    const none = { unit: "USD" as const, unspendable: 0n, limit: 0n, overrun: 0n, unreported: 0n, left: 0n };
    const accounts = Array.from({ length: 1000 }, (_, index) => {
      const account = { ...period, key: `each|${index}`, budget: "each", value: `u${index}` };
      return { ...none, account, spent: BigInt(index) * 1_000_000n, held: 1n, inDoubt: 2n };
    });
    const metrics = budgetMetrics({
      configured,
      own: [],
      live: { at: now, accounts, total: 1200 },
      now,
      alerts,
    });
    for (const { name, samples } of metrics) expect(samples.length, name).toBeLessThanOrEqual(100);
    const text = renderMetrics(metrics);
    expect(text).toContain('tare_budget_spent{budget="each",value="user=u999",unit="USD"} 999000000\n');
    expect(text).toContain('tare_budget_limit{budget="each",value="user=u900",unit="USD"} 1000000000\n');
    expect(text).toContain('tare_budget_left{budget="each",value="user=u999",unit="USD"} 999997\n');
    expect(text).not.toContain('"user=u899"');
    expect(text).toContain("tare_budget_accounts 1200\n");
    expect(text).toContain("tare_budget_accounts_left_out 1100\n");
    expect(text).toContain('tare_alerts{state="failed"} 4\n');
  });

  it("write nothing for an amount that nobody has told", () => {
    const configured = BudgetsSection.parse([{ scope: "everything", per: "day", limit: "2 USD" }])("UTC");
    const text = renderMetrics(budgetMetrics({ configured, own: [], live: undefined, now, alerts }));
    expect(text).toContain('tare_budget_limit{budget="everything/day",value="",unit="USD"} 2000000000\n');
    expect(text).not.toContain("tare_budget_spent{");
  });
});
