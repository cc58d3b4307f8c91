import { describe, expect, it } from "vitest";
import { type AttemptSettled } from "#events";
import { instant, money } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { type BudgetDefinition } from "./budget-definition.ts";
import { BudgetTable } from "./budget-table.ts";
import { Residuals } from "./residuals.ts";

const DAY_MS = 86_400_000;
const at = instant(Date.parse("2026-06-15T09:30:00Z"));

function table(per: BudgetDefinition["per"]): BudgetTable {
  const thresholds = [{ percent: 100, action: "refuse" as const }];
  const limit = 1_000n;
  return new BudgetTable([{ id: "all", scope: {}, unit: "USD", per, limit, zone: "UTC", thresholds, valuesMax: 1 }], 1);
}

function left(differing: Partial<AttemptSettled>): AttemptSettled {
  return {
    ...settled("a"),
    state: "cancelled",
    cost: { type: "estimated", nanos: money(30n), basis: "cut" },
    residual: money(70n),
    ...differing,
  };
}

function watch(settlement: AttemptSettled, per: BudgetDefinition["per"] = "month"): Residuals {
  const residuals = new Residuals(table(per));
  residuals.read({ ...dispatched("a"), at });
  residuals.read(settlement);
  return residuals;
}

describe("what a cancelled attempt left in doubt", () => {
  it("is released a day after the dispatch, once, and what was charged stays", () => {
    const residuals = watch(left({}));
    expect(residuals.due(instant(at + DAY_MS - 1))).toEqual([]);
    const [release, ...others] = residuals.due(instant(at + DAY_MS));
    expect(others).toEqual([]);
    expect(release).toMatchObject({
      before: { residual: 70n, cost: { nanos: 30n } },
      settlement: { residual: 0n, cost: { nanos: 30n }, at: at + DAY_MS, callEnd: false },
    });
    expect(residuals.due(instant(at + 2 * DAY_MS))).toEqual([]);
  });

  it("is not released when a correction has settled it before", () => {
    const residuals = watch(left({}));
    const { type: _, attempt: __, ...settlement } = left({ residual: money(0n) });
    const before = { cost: settlement.cost, residual: money(70n) };
    residuals.read({
      type: "attempt-corrected",
      dispatched: { ...dispatched("a"), at },
      before,
      settlement,
      reason: "read later",
    });
    expect(residuals.due(instant(at + DAY_MS))).toEqual([]);
  });

  it("is released once, though the journals are read again when a thread has died", () => {
    const residuals = watch(left({}));
    const [release] = residuals.due(instant(at + DAY_MS));
    for (const event of [{ ...dispatched("a"), at }, left({})]) residuals.read(event);
    expect(residuals.due(instant(at + 2 * DAY_MS))).toEqual([]);
    const elsewhere = new Residuals(table("month"));
    expect(release).toBeDefined();
    for (const event of [release, { ...dispatched("a"), at }, left({}), { ...dispatched("a"), at }, left({})])
      if (event !== undefined) elsewhere.read(event);
    expect(elsewhere.due(instant(at + 2 * DAY_MS))).toEqual([]);
  });

  it.for([
    ["an answer that is read later", { state: "background" }],
    ["what nobody can price", { cost: { type: "unpriced", reason: "no rate" } }],
    ["nothing", { residual: money(0n) }],
  ] as const)("stays for %s", ([, differing]) => {
    expect(watch(left(differing)).due(instant(at + 3 * DAY_MS))).toEqual([]);
  });

  it("is not kept where every budget has begun anew by then", () => {
    expect(watch(left({}), "hour").size).toBe(0);
    expect(watch(left({}), "total").size).toBe(1);
  });
});
