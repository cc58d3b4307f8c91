import { expect, it } from "vitest";
import { type Budget, NewBudget } from "#contract";
import { readBudgetForm, sharesOf } from "./read-budget-form.ts";

function form(fields: Record<string, string>): FormData {
  const filled = new FormData();
  for (const [name, value] of Object.entries(fields)) filled.append(name, value);
  return filled;
}

it("sends what was filled in, in the words of tare.yaml", () => {
  const filled = form({
    name: " support ",
    scope: "team = support, user=*",
    per: "month",
    amount: "1,500.50",
    unit: "USD",
    alert: "50, 80%",
    clamp: "",
    refuse: "100",
    timezone: "",
  });
  expect(NewBudget.parse(readBudgetForm(filled, undefined))).toEqual({
    name: "support",
    scope: { team: "support", user: "*" },
    per: "month",
    limit: "1500.50 USD",
    at: { "50%": "alert", "80%": "alert", "100%": "refuse" },
  });
});

it("is of everything when nobody is named, and what runs at once has no period", () => {
  const filled = form({ scope: "", per: "day", amount: "20", unit: "concurrent", refuse: "100" });
  expect(readBudgetForm(filled, undefined)).toEqual({
    scope: "everything",
    limit: "20 concurrent",
    at: { "100%": "refuse" },
  });
});

it("changes only limit and shares of a budget that is there", () => {
  const at: Budget["at"] = { "50%": "alert", "80%": "alert", "100%": "refuse" };
  expect(sharesOf(at, "alert")).toBe("50, 80");
  const before = { id: "team=support/month" } as Budget;
  const filled = form({ amount: "5", unit: "USD", alert: "50, 80", refuse: "" });
  expect(readBudgetForm(filled, before)).toEqual({
    id: "team=support/month",
    limit: "5 USD",
    at: { "50%": "alert", "80%": "alert" },
  });
});
