/** Margins of nobody, for the tests of this room. */
import { type MarginRows, type RevenueFile } from "#contract";
import { err, ok } from "#std";
import { type MarginSource } from "./margin-routes.ts";
import { type ReturnSource } from "./return-routes.ts";

const AT = "2026-01-02T03:04:05.678Z";
const none = { customers: 0, cost_nanos: "0", revenue_nanos: "0", margin_nanos: "0" };
const file: RevenueFile = { name: "r.csv", rows: 0, nanos: "0", digest: "d", imported_at: AT, imported_by: "ada" };

const noMargins: MarginRows = {
  rows: [],
  currency: "USD",
  table_is_used: true,
  known: none,
  unknown: { customers: 0, cost_nanos: "0" },
  under_water: none,
  groups: [],
  no_customer_nanos: "0",
  total_cost_nanos: "0",
};

export const testMargins: MarginSource = {
  margins: async () => ok(noMargins),
  revenue: async () => ({ rows: [], files: [file], total_nanos: "0", currency: "USD" }),
  importRevenue: async ({ name, text }) => {
    if (text === "wrong") return err({ type: "unreadable", problems: [{ line: 1, detail: "Wrong." }] });
    if (text === "twice") return err({ type: "taken", line: 2, by: { file: "q.csv", line: 3 } });
    return ok({ state: "imported", file: { ...file, name } });
  },
};

const elasticity = {
  name: "latency_elasticity",
  value: "1 % of revenue for each 100 ms",
  field: "economics.latency.per_100ms",
  is_default: true,
} as const;

export const testReturns: ReturnSource = { returns: async () => ok({ rows: [], elasticity, currency: "USD" }) };
