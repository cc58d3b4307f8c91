import { type StoredAlert } from "#books";
import { type BudgetDefinition } from "#budget";
import { type Instant } from "#units";
import { type BudgetRow, budgetRows, type LiveBudgets } from "./budget-rows.ts";
import { type Metric } from "./metrics-text.ts";

export interface BudgetMetricFacts {
  readonly configured: readonly BudgetDefinition[];
  /** Those of the books. */
  readonly own: readonly BudgetDefinition[];
  readonly live: LiveBudgets | undefined;
  readonly now: Instant;
  /** How many alerts there are, by what came of them. */
  readonly alerts: Readonly<Record<StoredAlert["state"], number>>;
}

/** Values of `*` budgets are as many as clients have users: only the tightest are written. */
const ACCOUNTS_MAX = 100;

const amounts = [
  ["limit", "tare_budget_limit", "The most that admission lets through, in the budget's unit (nanos where it is USD)."],
  ["spent", "tare_budget_spent", "Spent in this period, in the budget's unit."],
  ["held", "tare_budget_held", "Set aside for attempts that run now, in the budget's unit."],
  ["in_doubt", "tare_budget_in_doubt", "What may still be owed, in the budget's unit."],
  ["unspendable", "tare_budget_unspendable", "What is left and smaller than one hold, in the budget's unit."],
  ["left", "tare_budget_left", "Limit - spent - held - in doubt, in the budget's unit."],
] as const;

export function budgetMetrics({ configured, own, live, now, alerts }: BudgetMetricFacts): readonly Metric[] {
  const definitions = [...configured, ...own];
  const rows = budgetRows({ configured: definitions, stored: [], live, now });
  const told = rows.slice(0, ACCOUNTS_MAX);
  return [
    gauge("tare_budgets", "Budgets in force.", definitions.length),
    gauge("tare_budget_accounts", "Accounts of all budgets, one for each value of a * budget.", live?.total ?? 0),
    gauge(
      "tare_budget_accounts_left_out",
      "Accounts that are not written: the tightest 100 are.",
      Math.max(rows.length, live?.total ?? 0) - told.length,
    ),
    ...amounts.map(([field, name, help]): Metric => ({
      type: "gauge",
      name,
      help,
      samples: told.flatMap((row) => sampleOf(row, field)),
    })),
    {
      type: "gauge",
      name: "tare_alerts",
      help: "Alerts by what came of them: failed ones were given up on and can be sent again.",
      samples: (["noted", "waiting", "sent", "failed"] as const).map((state) => ({
        labels: { state },
        value: alerts[state],
      })),
    },
  ];
}

function sampleOf({ budget }: BudgetRow, field: (typeof amounts)[number][0]) {
  const text = field === "limit" ? (budget.refused_above ?? budget.limit) : budget[field];
  if (text === undefined) return [];
  const values = Object.entries(budget.values ?? {}).map(([name, value]) => `${name}=${value}`);
  return [{ labels: { budget: budget.id, value: values.join(","), unit: budget.unit }, value: BigInt(text) }];
}

function gauge(name: string, help: string, value: number): Metric {
  return { type: "gauge", name, help, samples: [{ labels: {}, value }] };
}
