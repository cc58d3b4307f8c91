/** Stand-ins for what finance asks: one comparison with a report, and one table. */
import { type KeptReport, type PriceChangePreview, type SettlementPreview } from "#contract";
import { err, ok } from "#std";
import { type ControlSources } from "./sources.ts";
import { aReconciliation } from "./test-answers.ts";
import { anImport } from "./test-bills.ts";

export const financeSources: Pick<
  ControlSources,
  "reconciliations" | "exports" | "rerating" | "settlements" | "commitments"
> = {
  reconciliations: {
    reconcile: async ({ provider }) =>
      provider === "nobody"
        ? err({ code: "report_repeated", path: "pages.1.data.0", detail: "Twice." })
        : ok({ ...aReconciliation, provider }),
    kept: async ({ from = "2026-01-01", to = "2026-01-31" }) => ({ from, to, rows: [aReconciliation] }),
    reports: async () => ({ rows: [aKeptReport] }),
    book: async (provider) => (provider === "openai" ? ok(anImport) : undefined),
    fetch: async (provider) => (provider === "openai" ? aKeptReport : undefined),
  },
  rerating: {
    preview: async () => ok(aPriceChange),
    apply: async ({ expected_nanos }) =>
      expected_nanos === "-500"
        ? ok(aPriceChange)
        : err({ code: "preview_changed", path: "expected_nanos", detail: "Look again." }),
  },
  settlements: {
    preview: async ({ provider }) => ({ ...aSettlement, provider }),
    apply: async ({ provider, expected_nanos }) =>
      expected_nanos === "-500"
        ? ok({ ...aSettlement, provider })
        : err({ code: "preview_changed", path: "expected_nanos", detail: "Look again." }),
  },
  commitments: { list: async () => ({ currency: "USD", rows: [] }) },
  exports: {
    focus: async ({ version }) => {
      const bytes = linesOf(["BilledCost\r\n", `${version}\r\n`]);
      return ok({ mediaType: "text/csv; charset=utf-8", unpriced: 2, bytes });
    },
  },
};

const sums = { attempts: 2, before_nanos: "1500", after_nanos: "1000", difference_nanos: "-500" };
const aPriceChange: PriceChangePreview = {
  currency: "USD",
  book: "r2",
  rows: [{ provider: "openai", model: "gpt-5-mini", feature: "chat", month: "2026-01", ...sums }],
  rows_left_out: 0,
  total: sums,
  not_priced: 0,
  unsettled: 0,
};

async function* linesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(line);
}

const aKeptReport: KeptReport = {
  provider: "openai",
  format: "openai",
  is_fetched: true,
  every_ms: 3_600_000,
  days: 2,
  first_day: "2026-01-01",
  last_day: "2026-01-02",
  fetched_at: "2026-01-02T03:04:05.678Z",
  is_fetching: false,
};

const settled = {
  attempts: 2,
  before_nanos: "1500",
  in_doubt_nanos: "90",
  after_nanos: "1000",
  difference_nanos: "-500",
};
const aSettlement: SettlementPreview = {
  provider: "openai",
  currency: "USD",
  rows: [{ day: "2026-01-02", model: "gpt-5-mini", ...settled }],
  total: settled,
  left: [{ day: "2026-01-03", model: "gpt-5-mini", attempts: 1, why: "more-than-held" }],
};
