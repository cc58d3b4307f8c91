/** Bills of a small company and what two providers report, for developing the pages. Parts add up. */
import type {
  BillImport,
  BillRows,
  BillTotals,
  Commitments,
  KeptReports,
  Reconciliation,
  Reconciliations,
} from "#contract";
import { monthAt } from "../address/month.ts";

const DOLLAR = 1_000_000_000n;
const DAY_MS = 86_400_000;

const bills = [
  ["8 × H100", "gpu cloud", "GPUs and serving", "focus", 720, 1200],
  ["index pods", "vector store", "observability and storage", "focus", 30, 180],
  ["platform engineers", "payroll", "people and engineering", "config", 1, 2000],
  ["yearly audit", "auditors", "compliance", "config", 1, 450],
] as const;

const nanos = (dollars: number) => (BigInt(Math.round(dollars * 1000)) * (DOLLAR / 1000n)).toString();

export function mockBillTotals(): BillTotals {
  const rows = bills.map(([service, provider, layer, source, count, dollars]) => ({
    dimensions: { provider, service, layer, source },
    bills: count,
    nanos: nanos(dollars),
    remainder: "0",
  }));
  const total = { bills: 752, nanos: nanos(3830), remainder: "0.0000000000412" };
  return { rows, total, currency: "USD", is_cut: false };
}

export function mockBillRows(now: number, pairs: URLSearchParams): BillRows {
  const found = bills.find(([service]) => service === pairs.get("service"));
  if (found === undefined) return { rows: [] };
  const [service, provider, layer, source, , dollars] = found;
  const month = pairs.get("month") ?? monthAt(now, "UTC");
  const at = (day: number) => `${month}-${day.toString().padStart(2, "0")}T00:00:00.000Z`;
  const booked = {
    provider,
    service,
    layer,
    charge: "Usage",
    feature: "(none)",
    team: "(none)",
    bill: `bill_${service}`,
  };
  const row = (day: number, state: "booked" | "taken_back", amount: string) => ({
    ...booked,
    id: `bill_${service}_${day}`,
    state,
    incurred_at: at(day),
    booked_at: new Date(now - DAY_MS).toISOString(),
    nanos: amount,
    origin: source === "config" ? "tare.yaml" : "import_2",
    row: { BilledCost: "400", BillingCurrency: "USD", ChargePeriodEnd: at(day + 1), ServiceName: service },
  });
  const third = nanos(dollars / 2);
  return {
    rows: [
      row(3, "booked", third),
      { ...row(2, "booked", third), why: "corrected: BilledCost 612.5 → 600" },
      { ...row(1, "taken_back", `-${nanos(612.5)}`), why: "corrected: BilledCost 612.5 → 600" },
      row(1, "booked", nanos(612.5)),
    ],
  };
}

export function mockImports(now: number): { readonly rows: BillImport[] } {
  const none = {
    corrected: 0,
    unchanged: 0,
    taken_back: 0,
    missing: 0,
    measured: 0,
    set_aside: 0,
    currency: "USD",
    remainder: "0",
  };
  const at = (days: number) => new Date(now - days * DAY_MS).toISOString();
  const done = (id: string, days: number) => ({ id, state: "done" as const, started_at: at(days), ended_at: at(days) });
  const reasons = [
    { line: 3, column: "BilledCost", detail: '"$1,000.00 " is not a plain decimal' },
    {
      line: 6,
      column: "ChargePeriodStart",
      detail: '"1/2/27" is no ISO 8601 instant; say --dates mdy or dmy if it is a day',
    },
  ];
  return {
    rows: [
      {
        ...done("import_2", 2),
        ...none,
        name: "gpu-cloud-november.csv",
        received: 412_000,
        rows: 752,
        booked: 749,
        corrected: 1,
        set_aside: 2,
        nanos: nanos(1380),
        problems: reasons,
      },
      {
        ...done("import_1", 9),
        ...none,
        name: "vectors.parquet",
        received: 9100,
        rows: 30,
        booked: 0,
        unchanged: 30,
        nanos: "0",
        problems: [],
      },
    ],
  };
}

export function mockCommitments(now: number): Commitments {
  const year = new Date(now).getUTCFullYear();
  const term = { from: `${year}-01-01`, to: `${year}-12-31`, over_nanos: "0" };
  return {
    currency: "USD",
    rows: [
      {
        ...term,
        name: "openai prepaid",
        provider: "openai",
        kind: "prepaid",
        state: "running",
        amount_nanos: nanos(20_000),
        drawn_nanos: nanos(18_240.5),
        left_nanos: nanos(1759.5),
        per_day_nanos: nanos(61.2),
        runs_out: `${year}-12-19`,
        unused_nanos: "0",
      },
      {
        ...term,
        name: "claude volume",
        provider: "claude",
        models: ["claude-sonnet-4-5"],
        kind: "committed",
        state: "running",
        amount_nanos: nanos(12_000),
        drawn_nanos: nanos(7400),
        left_nanos: nanos(4600),
        per_day_nanos: nanos(24.1),
        unused_nanos: nanos(3612),
      },
    ],
  };
}

export function mockReports(now: number): KeptReports {
  const day = (ago: number) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10);
  const report = {
    is_fetched: true,
    every_ms: 21_600_000,
    days: 12,
    first_day: day(11),
    last_day: day(0),
    is_fetching: false,
  };
  const fetched_at = new Date(now - 3_000_000).toISOString();
  const problem = "costs: the admin key is refused (status 403)";
  return {
    rows: [
      { ...report, provider: "claude", format: "anthropic", fetched_at, problem },
      { ...report, provider: "openai", format: "openai", fetched_at },
    ],
  };
}

export function mockReconciliations(now: number, pairs: URLSearchParams): Reconciliations {
  const from = pairs.get("from") ?? "2026-11-01";
  const to = pairs.get("to") ?? "2026-11-30";
  const days = Array.from({ length: 6 }, (_, ago) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10))
    .filter((day) => day >= from && day <= to)
    .toSorted();
  return { from, to, rows: days.length === 0 ? [] : [openai(now, days), claude(now, days)] };
}

const zero = { bypass: "0", tier: "0", price: "0", rounding: "0", lag: "0", credit: "0", tax: "0" };
const noCause = { ...zero, double_count: "0", lost_day: "0", unsettled: "0", unexplained: "0" };

function openai(now: number, days: readonly string[]): Reconciliation {
  const fetched_at = new Date(now - 3_000_000).toISOString();
  const clean = {
    booked_nanos: nanos(40),
    reported_nanos: nanos(40),
    open_nanos: "0",
    coverage_percent: 100,
    bypass_percent: 0,
  };
  const first = days[0] ?? "";
  const by_cause = { ...noCause, bypass: nanos(3), unexplained: nanos(0.412), credit: `-${nanos(0.5)}` };
  const differing = {
    ...clean,
    reported_nanos: nanos(42.912),
    open_nanos: nanos(3.412),
    coverage_percent: 92.14,
    bypass_percent: 6.91,
  };
  const count = BigInt(days.length);
  return {
    provider: "openai",
    format: "openai",
    currency: "USD",
    from: first,
    to: days.at(-1) ?? first,
    days: days.length,
    compared: 120,
    booked_nanos: (BigInt(nanos(40)) * count).toString(),
    reported_nanos: (BigInt(nanos(40)) * count + BigInt(nanos(2.912))).toString(),
    by_cause,
    open_nanos: nanos(3.412),
    coverage_percent: 98.6,
    bypass_percent: 1.21,
    by_day: days.map((day) =>
      day === first ? { day, fetched_at, ...differing, by_cause } : { day, fetched_at, ...clean, by_cause: noCause },
    ),
    rows: differencesOf(first),
    rows_left_out: 0,
  };
}

function differencesOf(day: string): Reconciliation["rows"] {
  const row = { day, tier: "standard", booked_nanos: nanos(10), at_our_rates: false };
  return [
    {
      ...row,
      model: "gpt-5-mini-2025-08-07",
      meter: "input",
      booked_quantity: 40_000_000,
      reported_quantity: 52_000_000,
      reported_nanos: nanos(13),
      parts: [{ cause: "bypass", quantity: 12_000_000, nanos: nanos(3) }],
    },
    {
      ...row,
      model: "gpt-4.1-mini-2025-04-14",
      meter: "output",
      booked_quantity: 6_250_000,
      reported_quantity: 6_250_000,
      reported_nanos: nanos(10.412),
      parts: [{ cause: "unexplained", quantity: 0, nanos: nanos(0.412) }],
    },
    {
      ...row,
      model: "(all)",
      meter: "(all)",
      tier: "(all)",
      booked_nanos: "0",
      reported_nanos: `-${nanos(0.5)}`,
      item: "Credit grant",
      parts: [{ cause: "credit", quantity: 0, nanos: `-${nanos(0.5)}` }],
    },
  ];
}

function claude(now: number, days: readonly string[]): Reconciliation {
  const last = days.at(-1) ?? "";
  const same = { open_nanos: "0", coverage_percent: 100, bypass_percent: 0, by_cause: noCause };
  const sum = (BigInt(nanos(21)) * BigInt(days.length)).toString();
  const fetched_at = new Date(now - 90_000_000).toISOString();
  return {
    provider: "claude",
    format: "anthropic",
    currency: "USD",
    from: days[0] ?? last,
    to: last,
    days: days.length,
    compared: 60,
    ...same,
    booked_nanos: sum,
    reported_nanos: sum,
    by_day: days.map((day) => ({ day, fetched_at, ...same, booked_nanos: nanos(21), reported_nanos: nanos(21) })),
    rows: [],
    rows_left_out: 0,
  };
}
