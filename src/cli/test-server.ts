/** A control API for tests of the command line: fixed answers that hold to the contract, and what was asked of it. */
import { createServer, type Server } from "node:http";
import {
  BudgetDetail,
  BudgetPage,
  CallPage,
  CreatedKey,
  EntryPage,
  Key,
  KeyPage,
  PriceRows,
  SetBudget,
  type SpendMoney,
  SpendAnswer,
  Status,
} from "#contract";

const at = "2027-01-31T12:00:00.000Z";

const money: SpendMoney = {
  gross_nanos: "11841234567",
  net_nanos: "11000000000",
  tare_nanos: "841234567",
  avoided_nanos: "0",
  estimated_nanos: "40000",
  in_doubt_nanos: "250000000",
  calls: 3120,
  attempts: 3200,
  refused: 2,
  unpriced: 14,
  tokens_in: 1_900_000,
  tokens_out: 81_000,
};

const key = {
  id: "key_0001",
  name: "ci",
  hint: "x9z8",
  team: "support",
  origin: "books",
  require_interaction: false,
  state: "active",
  created_at: at,
} as const;

export const spend = {
  rows: [
    { ...money, tare_ratio: 1.0764, dimensions: { model: "claude-haiku-4-5" } },
    { ...money, dimensions: { model: "evil\u001b[2J\u202e" }, gross_nanos: "9" },
  ],
  total: { ...money, tare_ratio: 1.0764 },
  currency: "USD",
  from: "2027-01-24T12:00:00.000Z",
  to: at,
  tz: "UTC",
  booked_until: at,
};

export const entry = {
  id: "attempt_1",
  attempt: "attempt_1",
  call: "call_1",
  interaction: "interaction_1",
  number: 2,
  incurred_at: at,
  booked_at: at,
  kind: "model",
  purpose: "retry",
  why: "target 1 of 2; try 2",
  layer: "retry",
  state: "failed",
  delivered: "none",
  is_net: false,
  tenant: "support",
  feature: "summary",
  team: "support",
  customer: "(none)",
  user: "(none)",
  environment: "(none)",
  session: "(none)",
  tags: {},
  claimed: {},
  key: "key_0001",
  provider: "claude",
  target: "claude/claude-haiku-4-5",
  model: "claude-haiku-4-5",
  format: "anthropic",
  operation: "chat",
  stream: true,
  error: "upstream_cut",
  cost_type: "unpriced",
  cost_reason: "no row",
  in_doubt_nanos: "5000000",
  avoided_nanos: "0",
  components: [],
  bound_type: "proven",
  bound_nanos: "5000000",
  call_end: true,
} as const;

const call = {
  call: "call_1",
  at,
  interaction: "interaction_1",
  tenant: "support",
  feature: "summary",
  team: "support",
  model: "claude-haiku-4-5",
  state: "answered",
  attempts: 2,
  nanos: "1234567",
  estimated_nanos: "1",
  in_doubt_nanos: "0",
  unpriced: 1,
  tokens_in: 1000,
} as const;

const budget = {
  id: "team=support/month",
  origin: "books",
  scope: { team: "support" },
  unit: "USD",
  per: "month",
  timezone: "UTC",
  limit: "500000000000",
  limit_text: "500 USD",
  refused_above: "500000000000",
  at: { "80%": "alert", "100%": "refuse" },
  values_max: 10_000,
  accounts: 1,
  from: "2027-01-01T00:00:00.000Z",
  reset_at: "2027-02-01T00:00:00.000Z",
  spent: "411841234567",
  held: "1250000000",
  in_doubt: "5000000",
  left: "86903765433",
  overrun: "0",
  changed_at: at,
  changed_by: "token ci",
} as const;

const perUser = {
  ...budget,
  id: "user=*/minute/requests",
  scope: { user: "*" },
  unit: "requests",
  per: "minute",
  limit: "60",
  limit_text: "60 requests",
  values: { user: "ada\u001b[2J" },
  accounts: 7,
  spent: "60",
  held: "0",
  in_doubt: "0",
  left: "0",
} as const;

const budgetDetail = {
  budget,
  calls: { from: budget.from, to: budget.reset_at, filter: { team: ["support"] } },
  booked: { spent: "411841234567", in_doubt: "5000000", calls: 3120, unpriced: 0, booked_until: at },
  holds: [{ call: "call_9", attempt: "attempt_9", at, provider: "openai", model: "gpt-5-mini", amount: "1250000000" }],
  missing: ["Sessions of several tenants with the same id are listed together."],
  changes: [{ at, who: "token ci", after: '{"limit":"500 USD"}' }],
};

const price = {
  row: "seed:anthropic/claude-haiku-4-5:input",
  provider: "anthropic",
  model: "claude-haiku-4-5",
  class: "input_uncached",
  rate: "1",
  tier: "standard",
  context_over: 200_000,
  source: "genai-prices",
  checked_at: "2027-01-01",
};

const held = [
  { segment: "n.1.a.000001.journal", at_byte: 4096, problem: "unreadable_line" as const, detail: "unknown event x" },
];

const status: Status = {
  version: "0.1.0",
  started_at: at,
  now: at,
  currency: "USD",
  timezone: "UTC",
  demo: true,
  data_plane: "http://127.0.0.1:4000",
  revision: "abcdef012345",
  price_book: "1234",
  role: "admin",
  processes: [
    { process: "gateway", pid: 41, started_at: at, memory_bytes: 300_000_000, restarts: 0 },
    { process: "office", pid: 42, started_at: at, memory_bytes: 500_000_000, restarts: 2 },
  ],
  slices: {
    accounts: 12,
    tightest: [
      {
        budget: "per-user",
        value: "user=ada",
        unit: "USD",
        limit: "2000000000",
        spent: "1500000000",
        held: "100000000",
        in_doubt: "0",
        in_slices: "250000000",
        left: "400000000",
      },
      {
        budget: "openai",
        unit: "concurrent",
        limit: "64",
        spent: "0",
        held: "3",
        in_doubt: "0",
        in_slices: "8",
        left: "61",
      },
    ],
  },
  gateway: { state: "up", threads: [{ thread: 1, state: "up", calls_running: 1, calls_total: 12_345, restarts: 0 }] },
  targets: [],
  cache: { answers: 40, bytes: 2048, disk_answers: 0, disk_bytes: 0, hits: 300, parts: 0, misses: 100, hit_rate: 0.75 },
  journal: {
    segments: 2,
    bytes: 2048,
    bytes_not_loaded: 0,
    booked_until: at,
    torn_lines: 0,
    packed: 1,
    set_aside: 3,
    held,
  },
  ledger: { entries: 12_345, bytes: 4096 },
  alerts: {
    waiting: 0,
    sent: 2,
    failed: 1,
    latest: [{ at, type: "slo_burning", says: "SLO support uses up its allowance 14.4 times faster.", state: "sent" }],
  },
  totals: {
    gross_nanos: "11841234567",
    estimated_nanos: "41234567",
    in_doubt_nanos: "0",
    avoided_nanos: "125000000",
    unpriced: 14,
  },
};

const answers: Readonly<Record<string, unknown>> = {
  "GET /api/v1/spend": SpendAnswer.parse(spend),
  "GET /api/v1/spend?cursor=2": SpendAnswer.parse({ ...spend, rows: [{ ...money, dimensions: { model: "second" } }] }),
  "GET /api/v1/entries": EntryPage.parse({ rows: [entry] }),
  "GET /api/v1/calls": CallPage.parse({ rows: [call] }),
  "GET /api/v1/keys": KeyPage.parse({ rows: [key] }),
  "POST /api/v1/keys": CreatedKey.parse({ key, secret: "tare_sk_secret" }),
  "POST /api/v1/keys/key_0001/revoke": Key.parse({ ...key, state: "revoked", revoked_at: at }),
  "POST /api/v1/keys/key_0001/rotate": CreatedKey.parse({ key, secret: "tare_sk_successor" }),
  "GET /api/v1/budgets": BudgetPage.parse({ rows: [perUser, budget], as_of: at }),
  "PUT /api/v1/budgets": SetBudget.parse({ id: budget.id, budget }),
  "GET /api/v1/budgets/team%3Dsupport%2Fmonth": BudgetDetail.parse(budgetDetail),
  "GET /api/v1/prices": PriceRows.parse({
    rows: [price],
    book: "1234",
    quarantined: [{ ...price, rate: "0", reason: "a rate of zero that no source calls free" }],
    step_rates: [
      {
        row: "step/tool/search*/call/2026-01-01",
        kind: "tool",
        name: "search*",
        per: "call",
        rate: "0.004",
        valid_from: "2026-01-01",
        source: "contract 17",
      },
    ],
  }),
  "GET /api/v1/status": Status.parse(status),
};

export interface TestServer {
  readonly url: string;
  readonly asked: { readonly method: string; readonly url: URL; readonly body: string; readonly token: string }[];
  close(): Promise<void>;
}

interface Override {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

/** `override` answers in place of the fixed answers, by method, path and cursor. */
export async function startTestServer(override: Readonly<Record<string, Override>> = {}): Promise<TestServer> {
  const asked: TestServer["asked"] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const name = `${request.method} ${url.pathname}`;
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const token = request.headers.authorization ?? "";
      asked.push({ method: request.method ?? "", url, body, token });
      const cursor = url.searchParams.get("cursor");
      const place = cursor === null ? name : `${name}?cursor=${cursor}`;
      const answer = answers[place];
      const instead = override[place] ?? (answer === undefined ? { status: 404, text: "" } : undefined);
      response.writeHead(instead?.status ?? 200, instead?.headers);
      response.end(instead?.text ?? JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, asked, close: () => closeServer(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
