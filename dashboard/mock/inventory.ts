import type { Key, PriceRows, Status, StepRateRow } from "#contract";
import { type MockLedger, models } from "./ledger.ts";

interface StatusOf {
  readonly ledger: MockLedger;
  readonly now: number;
  readonly isDemo: boolean;
  /** Lines of the journal that nobody can read. */
  readonly linesLeftOut: number;
}

export function mockStatus({ ledger, now, isDemo, linesLeftOut }: StatusOf): Status {
  const first = ledger.entries[0]?.incurred_at;
  const last = ledger.entries.at(-1)?.incurred_at;
  const bytes = ledger.entries.length * 1140;
  return {
    version: "0.1.0",
    started_at: new Date(now - 3 * 3_600_000 - 734_000).toISOString(),
    now: new Date(now).toISOString(),
    currency: "USD",
    timezone: "UTC",
    demo: isDemo,
    data_plane: "http://127.0.0.1:4000",
    revision: "c41f90be",
    price_book: "pb_9f31c02a77de",
    role: "admin",
    processes: processes(now),
    gateway: {
      state: "up",
      threads: [
        { thread: 0, state: "listening", calls_running: 3, calls_total: 18_204, restarts: 0 },
        { thread: 1, state: "listening", calls_running: 1, calls_total: 17_911, restarts: 1 },
      ],
    },
    targets,
    cache: { answers: 0, bytes: 0, disk_answers: 0, disk_bytes: 0, hits: 0, parts: 0, misses: 0 },
    journal: {
      segments: 14,
      bytes: bytes * 2,
      bytes_not_loaded: 0,
      booked_until: new Date(now - 1200).toISOString(),
      torn_lines: linesLeftOut,
      packed: 9,
      ...(linesLeftOut === 0 ? {} : { set_aside: 1, held }),
    },
    ledger: {
      entries: ledger.entries.length,
      bytes,
      ...(first === undefined ? {} : { first_at: first }),
      ...(last === undefined ? {} : { last_at: last }),
    },
    alerts: alerts(now),
    slices,
    totals: {
      gross_nanos: ledger.entries.reduce((total, entry) => total + BigInt(entry.nanos ?? "0"), 0n).toString(),
      estimated_nanos: "0",
      in_doubt_nanos: ledger.entries.reduce((total, entry) => total + BigInt(entry.in_doubt_nanos), 0n).toString(),
      avoided_nanos: "0",
      unpriced: ledger.entries.filter((entry) => entry.cost_type === "unpriced").length,
    },
  };
}

const held: NonNullable<Status["journal"]["held"]> = [
  {
    segment: "1d173b49.1.1795403358716.000004.journal",
    at_byte: 1_204_881,
    problem: "unreadable_line",
    detail: "unknown event step-dreamt",
  },
  { segment: "1d173b49.2.1795403358716.000001.journal", at_byte: 0, problem: "no_header", detail: "its first line" },
];

/** One in each state. */
const targets: Status["targets"] = [
  standing({
    target: "openai/gpt-5-mini",
    state: "healthy",
    attempts: 18_204,
    p50_ms: 640,
    p95_ms: 2_900,
    prompt_cache: 0.41,
  }),
  standing({
    target: "claude/claude-haiku-4-5",
    state: "cooling",
    attempts: 9_311,
    limited: 212,
    p50_ms: 410,
    p95_ms: 980,
  }),
  standing({ target: "gemini/gemini-2.5-flash", state: "ejected", attempts: 4_020, failures: 388 }),
  standing({ target: "local/llama-3.3-70b", state: "full", running: 1_024, attempts: 7_700, p50_ms: 95, p95_ms: 240 }),
];

function standing(given: Pick<Status["targets"][number], "target" | "state"> & Partial<Status["targets"][number]>) {
  return { running: 0, attempts: 0, failures: 0, limited: 0, ...given };
}

function processes(now: number): Status["processes"] {
  return [
    {
      process: "gateway",
      pid: 4011,
      started_at: new Date(now - 7_200_000).toISOString(),
      memory_bytes: 412_000_000,
      restarts: 0,
    },
    {
      process: "office",
      pid: 4019,
      started_at: new Date(now - 3_600_000).toISOString(),
      memory_bytes: 655_000_000,
      restarts: 1,
    },
  ];
}

const slices: Status["slices"] = {
  accounts: 18,
  tightest: [
    {
      budget: "team=support/month",
      unit: "USD",
      limit: "500000000000",
      spent: "412000000000",
      held: "1200000000",
      in_doubt: "30000000",
      in_slices: "4100000000",
      left: "86770000000",
    },
    {
      budget: "user=*/day",
      value: "user=ada",
      unit: "USD",
      limit: "2000000000",
      spent: "1100000000",
      held: "0",
      in_doubt: "0",
      in_slices: "200000000",
      left: "900000000",
    },
  ],
};

function alerts(now: number): Status["alerts"] {
  return {
    webhook: "https://hooks.example.com",
    waiting: 1,
    sent: 1,
    failed: 1,
    latest: [
      {
        at: new Date(now - 40_000).toISOString(),
        type: "slo_burning",
        says: "SLO support is quick uses up its allowance 16.2 times faster than it may.",
        state: "sent",
      },
    ],
  };
}

export function mockKeys(now: number): Key[] {
  const day = 86_400_000;
  const ago = (days: number) => new Date(now - days * day).toISOString();
  const keys = ["support", "platform", "legal", "search", "marketing"].map((team, index): Key => ({
    id: `key_${team}`,
    name: `${team}-production`,
    hint: ["9f3a", "77c1", "b02e", "41dd", "e9a0"][index] ?? "0000",
    team,
    ...(team === "search" ? { feature: "search-index", models: ["openai/text-embedding-*"] } : {}),
    environment: "production",
    origin: team === "search" ? "config" : "books",
    state: "active",
    require_interaction: false,
    created_at: ago(40 - index * 6),
    last_used_at: new Date(now - 9_000 * (index + 1)).toISOString(),
  }));
  return [
    ...keys,
    {
      id: "key_old",
      name: "support-2025",
      hint: "1c8e",
      team: "support",
      origin: "books",
      state: "rotating",
      require_interaction: false,
      created_at: ago(200),
      expires_at: new Date(now + day * 0.6).toISOString(),
      last_used_at: ago(0.02),
    },
    {
      id: "key_intern",
      name: "hackathon",
      hint: "0b7f",
      team: "platform",
      origin: "books",
      state: "expired",
      require_interaction: false,
      created_at: ago(90),
      expires_at: ago(60),
      last_used_at: ago(61),
    },
    {
      id: "key_leaked",
      name: "notebook",
      hint: "d4d4",
      team: "marketing",
      origin: "books",
      state: "revoked",
      require_interaction: false,
      created_at: ago(70),
      revoked_at: ago(12),
      last_used_at: ago(12.1),
    },
  ];
}

export function mockPrices(pairs: URLSearchParams): PriceRows {
  const part = (pairs.get("model") ?? "").toLowerCase();
  const matches = (model: string) => model.toLowerCase().includes(part);
  const checked = { valid_from: "2025-08-07", source: "genai-prices 0.1.8", checked_at: "2026-11-02" };
  const rows = models
    .filter(({ model }) => matches(model))
    .flatMap(({ provider, model, rates }) =>
      Object.entries(rates).flatMap(([name, rate]) => {
        const row = {
          row: `${provider}/${model}#${name}@2025-08-07`,
          provider,
          model,
          class: name,
          rate,
          tier: "standard",
          ...checked,
        };
        const batch = {
          ...row,
          row: `${row.row}/batch`,
          tier: "batch",
          rate: (Number(rate) / 2).toString(),
          source: "tare",
        };
        return name.startsWith("cache") ? [row] : [row, batch];
      }),
    );
  const odd = {
    row: "openai/gpt-4o-mini-tts#cache_read@2025-03-20",
    provider: "openai",
    model: "gpt-4o-mini-tts",
    class: "cache_read",
    rate: "2.4",
    tier: "standard",
    ...checked,
  };
  return {
    rows,
    book: "pb_9f31c02a77de",
    quarantined: matches(odd.model)
      ? [{ ...odd, reason: "A cache read ($2.40) would cost more than uncached input ($0.60)." }]
      : [],
    step_rates: stepRates.filter(({ kind = "", name = "" }) => kind.includes(part) || name.includes(part)),
  };
}

const stepRates: readonly StepRateRow[] = [
  {
    row: "step/tool/search*/call/2026-01-01",
    kind: "tool",
    name: "search*",
    per: "call",
    rate: "0.004",
    valid_from: "2026-01-01",
    source: "contract 17",
  },
  { row: "step/review/*/person_minute", kind: "review", per: "person_minute", rate: "0.60", source: "payroll" },
];
