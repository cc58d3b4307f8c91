import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, type SpendQuery } from "#contract";
import { ok } from "#std";
import { instant } from "#units";
import { BudgetForecasts } from "./budget-forecasts.ts";
import { type AnalyticsSource } from "./sources.ts";
import { aSpendRow, money } from "./test-answers.ts";

const FROM = Date.parse("2026-01-02T00:00:00Z");
const HOUR = 3_600_000;

const budget: Budget = {
  id: "b",
  origin: "books",
  scope: { team: "support" },
  unit: "USD",
  per: "day",
  timezone: "UTC",
  limit: "1",
  limit_text: "",
  at: {},
  values_max: 1,
  accounts: 1,
  from: new Date(FROM).toISOString(),
  reset_at: new Date(FROM + 24 * HOUR).toISOString(),
  spent: "0",
};

/** A ledger in which each hour has used what stands at its place; hours without calls have no row. */
function forecastsOver(hours: readonly bigint[]) {
  const asked: SpendQuery[] = [];
  const spend: AnalyticsSource["spend"] = async (query) => {
    asked.push(query);
    const rows = hours.flatMap((nanos, hour) =>
      nanos === 0n
        ? []
        : [
            {
              ...aSpendRow,
              gross_nanos: nanos.toString(),
              dimensions: { hour: new Date(FROM + hour * HOUR).toISOString() },
            },
          ],
    );
    return ok({ rows, total: money, currency: "USD", from: "", to: "", tz: "", booked_until: "" });
  };
  return { asked, forecasts: new BudgetForecasts({ spend } as AnalyticsSource) };
}

const at = (hours: number) => instant(FROM + hours * HOUR);

describe("a forecast", () => {
  it("goes on as the period has gone so far: an even pace has no range", async () => {
    const { forecasts, asked } = forecastsOver([10n, 10n, 10n, 10n, 10n, 10n]);
    const { forecast } = await forecasts.added({ ...budget, spent: "60" }, at(6));
    expect(forecast).toEqual({ low: "240", likely: "240", high: "240" });
    expect(asked[0]).toMatchObject({ by: ["hour"], filter: { team: ["support"] }, to: "2026-01-02T06:00:00.000Z" });
  });

  it("has a range as wide as the hours differ, hours without calls included", async () => {
    const { forecasts } = forecastsOver([2_000_000n, 0n, 2_000_000n, 0n]);
    const { forecast } = await forecasts.added({ ...budget, spent: "4000000" }, at(4));
    // A million an hour for 20 hours, give or take 1.645 × 1,154,700.5 × √20.
    expect(forecast).toEqual({ low: "15505257", likely: "24000000", high: "32494743" });
  });

  it("does not take for idle what lies before the first use", async () => {
    const { forecasts } = forecastsOver([0n, 0n, 0n, 10n, 10n, 10n, 10n]);
    expect((await forecasts.added({ ...budget, spent: "40" }, at(7))).forecast?.likely).toBe("210");
    const young = forecastsOver([0n, 0n, 0n, 0n, 10n, 10n, 10n]);
    for (const later of [0, 1, 2])
      expect(
        (await young.forecasts.added({ ...budget, spent: "30" }, instant(at(7) + later))).forecast,
      ).toBeUndefined();
    expect(young.asked).toHaveLength(1);
  });

  it("makes days of hours where the period is a month", async () => {
    const hours = Array.from({ length: 24 * 5 }, (_, hour) => (hour % 24 === 9 ? 24n : 0n));
    const { forecasts, asked } = forecastsOver(hours);
    const month = { ...budget, per: "month" as const, reset_at: new Date(FROM + 30 * 24 * HOUR).toISOString() };
    expect((await forecasts.added({ ...month, spent: "120" }, at(24 * 5))).forecast).toEqual({
      low: "720",
      likely: "720",
      high: "720",
    });
    expect(asked[0]?.by).toEqual(["hour"]);
  });

  it("is never below what is spent, holds what is likely, and is what is spent when the period ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt(1n, 10n ** 12n), { minLength: 4, maxLength: 23 }),
        fc.bigInt(0n, 10n ** 15n),
        async (hours, spent) => {
          const { forecasts } = forecastsOver(hours);
          const { forecast } = await forecasts.added({ ...budget, spent: spent.toString() }, at(hours.length));
          const [low, likely, high] = [forecast?.low, forecast?.likely, forecast?.high].map((text) =>
            BigInt(text ?? -1),
          );
          expect([spent, low, likely, high]).toEqual(
            [spent, low, likely, high].toSorted((a, b) => Number((a ?? 0n) - (b ?? 0n))),
          );
          const over = await forecasts.added({ ...budget, spent: spent.toString() }, at(24));
          expect(over.forecast?.high).toBe(spent.toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  it("asks the ledger once a minute, and uses what is spent now", async () => {
    const { forecasts, asked } = forecastsOver([10n, 10n, 10n, 10n]);
    await forecasts.added({ ...budget, spent: "40" }, at(4));
    const { forecast } = await forecasts.added({ ...budget, spent: "1040" }, instant(at(4) + 59_000));
    expect(forecast?.likely).toBe("1240");
    expect(asked).toHaveLength(1);
    await forecasts.added({ ...budget, spent: "1040" }, instant(at(4) + 60_000));
    expect(asked).toHaveLength(2);
  });

  it.for<[string, Partial<Budget>, number]>([
    ["too early", {}, 3],
    ["for ever", { per: "total" }, 12],
    ["a minute", { per: "minute" }, 12],
    ["what runs at once", { unit: "concurrent" }, 12],
    ["a template of which nothing is open", { scope: { user: "*" } }, 12],
    ["an interaction", { scope: { interaction: "*" }, values: { tenant: "a", interaction: "i" } }, 12],
    ["nothing told", { spent: undefined }, 12],
  ])("is not made where there is nothing to go by: %s", async ([, more, hours]) => {
    const { forecasts } = forecastsOver([1n, 2n, 3n, 4n]);
    expect((await forecasts.added({ ...budget, ...more }, at(hours))).forecast).toBeUndefined();
  });

  it("counts calls and tokens where these are limited", async () => {
    const { forecasts } = forecastsOver([1n, 1n, 1n, 1n]);
    const requests = await forecasts.added({ ...budget, id: "r", unit: "requests" }, at(4));
    expect(requests.forecast?.likely).toBe((BigInt(aSpendRow.calls) * 20n).toString());
    const tokens = await forecasts.added({ ...budget, id: "t", unit: "tokens" }, at(4));
    expect(tokens.forecast?.likely).toBe((BigInt(aSpendRow.tokens_in + aSpendRow.tokens_out) * 20n).toString());
  });
});
