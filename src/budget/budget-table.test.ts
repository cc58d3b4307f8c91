import { describe, expect, it } from "vitest";
import { BudgetTable, BudgetsSection } from "#budget";
import { instant } from "#units";

const attribution = {
  tenant: "acme",
  interaction: "run-1",
  feature: "chat",
  team: "support",
  customer: "(none)",
  user: "ada",
  environment: "(none)",
  session: "s-1",
  tags: { stage: "a" },
  claimed: {},
};
const spender = { attribution, key: "key_1" as const, route: "support", provider: "openai" };

function valuesOf(scope: unknown) {
  const table = new BudgetTable(BudgetsSection.parse([{ scope, per: "day", limit: "1 USD" }])("UTC"), 1);
  return table.accountsAt(spender, instant(0)).map((account) => table.valuesOf(account));
}

describe("the account of a template", () => {
  it("tells which values it is of", () => {
    expect(valuesOf({ user: "*" })).toEqual([{ user: "ada" }]);
    expect(valuesOf({ team: "support", user: "*", "tag.stage": "*" })).toEqual([{ user: "ada", "tag.stage": "a" }]);
    expect(valuesOf({ team: "support" })).toEqual([{}]);
    expect(valuesOf("everything")).toEqual([{}]);
  });

  it("tells whose an interaction or session is, since ids of two tenants may be alike", () => {
    expect(valuesOf({ interaction: "*", user: "*" })).toEqual([{ interaction: "run-1", tenant: "acme", user: "ada" }]);
    expect(valuesOf({ session: "*" })).toEqual([{ session: "s-1", tenant: "acme" }]);
  });
});
