/** Targets, margins and returns of the mock: one of each kind that a page must show. */
import type { Entry, MarginRow, MarginRows, ReturnRows, Target, TargetPage } from "#contract";

const DAY_MS = 86_400_000;

export function mockTargets(now: number): TargetPage {
  const [from, to] = [new Date(now - 7 * DAY_MS).toISOString(), new Date(now).toISOString()];
  const counted = { from, to, over_days: 7, min_count: 20, unpriced: 0, estimated_nanos: "0" };
  const rows: readonly Target[] = [
    {
      ...counted,
      name: "a resolved ticket",
      where: { feature: ["chat"] },
      max_cost_per: "outcome",
      outcome: "resolved",
      limit_nanos: "500000000",
      state: "missed",
      gross_nanos: "63128400000",
      counted: 160,
      divided_by: 121,
      cost_nanos: "521722314",
    },
    {
      ...counted,
      name: "a user's week",
      where: {},
      max_cost_per: "active_user",
      limit_nanos: "2000000000",
      state: "unknown",
      why: "too_few",
      gross_nanos: "9000000000",
      counted: 9,
      divided_by: 9,
      cost_nanos: "1000000000",
    },
    {
      ...counted,
      name: "a search",
      where: { feature: ["search"], environment: ["production"] },
      max_cost_per: "interaction",
      limit_nanos: "4000000",
      state: "kept",
      gross_nanos: "31000000000",
      counted: 10_000,
      divided_by: 10_000,
      cost_nanos: "3100000",
    },
  ];
  return { rows: [...rows], as_of: new Date(now - 4_000).toISOString(), currency: "USD" };
}

const cost = (own: readonly Entry[]) => own.reduce((sum, { nanos }) => sum + BigInt(nanos ?? "0"), 0n);
const sum = (all: readonly MarginRow[], of: (row: MarginRow) => string | undefined) =>
  String(all.reduce((total, row) => total + BigInt(of(row) ?? "0"), 0n));

/** Each customer of the ledger with revenue of the table, but one that pays too little and one that nobody knows. */
export function mockMargins(entries: readonly Entry[]): MarginRows {
  const customers = [...Map.groupBy(entries, ({ customer }) => customer)].filter(([name]) => name !== "(none)");
  const rows = customers.map(([customer, own], index): MarginRow & { margin: bigint | undefined } => {
    const spent = cost(own);
    const shown = { customer, cost_nanos: String(spent), unpriced: 0 };
    if (index % 5 === 4) return { ...shown, margin: undefined };
    const revenue = index % 4 === 1 ? spent / 2n : spent * BigInt(index + 2);
    return {
      ...shown,
      margin: revenue - spent,
      revenue_nanos: String(revenue),
      revenue_from: "table",
      table_nanos: String(revenue),
      table_covers: index % 3 === 0 ? 0.5 : 1,
      margin_nanos: String(revenue - spent),
      ...(revenue === 0n ? {} : { margin_percent: Number(((revenue - spent) * 10_000n) / revenue) / 100 }),
    };
  });
  const known = rows
    .filter((row) => row.margin !== undefined)
    .toSorted((one, other) => ((one.margin ?? 0n) < (other.margin ?? 0n) ? -1 : 1));
  const under = known.filter(({ margin = 0n }) => margin < 0n);
  const unknown = rows.filter((row) => row.margin === undefined);
  const sums = (all: readonly MarginRow[]) => ({
    customers: all.length,
    cost_nanos: sum(all, (row) => row.cost_nanos),
    revenue_nanos: sum(all, (row) => row.revenue_nanos),
    margin_nanos: sum(all, (row) => row.margin_nanos),
  });
  const total = cost(entries);
  const named = BigInt(sum(rows, (row) => row.cost_nanos));
  return {
    rows: [...known, ...unknown].map(({ margin: _, ...row }) => row),
    currency: "USD",
    table_is_used: true,
    known: sums(known),
    unknown: { customers: unknown.length, cost_nanos: sum(unknown, (row) => row.cost_nanos) },
    under_water: {
      ...sums(under),
      ...(known.length === 0 ? {} : { customers_percent: Math.round((under.length / known.length) * 10_000) / 100 }),
    },
    groups: known.map((row) => ({
      ...sums([row]),
      margin_nanos_min: row.margin_nanos ?? "0",
      margin_nanos_max: row.margin_nanos ?? "0",
    })),
    no_customer_nanos: String(total - named),
    total_cost_nanos: String(total),
  };
}

const elasticity: ReturnRows["elasticity"] = {
  name: "latency_elasticity",
  value: "1 % of revenue for each 100 ms",
  field: "economics.latency.per_100ms",
  is_default: true,
};

export function mockReturns(feature: string | null): ReturnRows {
  const rows: ReturnRows["rows"] = [
    {
      feature: feature ?? "chat",
      cost_nanos: "60000000000",
      unpriced: 0,
      outcomes: 50,
      successes: 40,
      worth: { counterfactual_nanos: "4200000000", benefit_nanos: "168000000000", roi_percent: 180 },
      latency: {
        answers: 480,
        over_ms_mean: 213.4,
        revenue_nanos: "900000000000",
        revenue_from: "outcomes",
        loss_nanos: "19206000000",
        is_capped: false,
      },
      assumptions: [
        {
          name: "counterfactual",
          value: "4.2 USD a success, 6 minutes of a person",
          source: "payroll, 2026",
          field: "economics.features.chat.counterfactual",
          is_default: false,
        },
        elasticity,
      ],
    },
  ];
  return { rows, elasticity, currency: "USD" };
}
