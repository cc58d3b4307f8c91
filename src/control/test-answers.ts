/** Answers of the contract's shapes, for the stand-ins in tests. */
import { type StoredAlert, type StoredKey } from "#books";
import { type CallRow, type Entry, type Reconciliation, type SpendMoney, type SpendRow, type Status } from "#contract";
import { instant } from "#units";

const at = "2026-01-02T03:04:05.678Z";

export const money: SpendMoney = {
  gross_nanos: "9007199254740993",
  net_nanos: "9007199254740000",
  tare_nanos: "993",
  avoided_nanos: "0",
  estimated_nanos: "0",
  in_doubt_nanos: "-5",
  calls: 3,
  attempts: 4,
  refused: 0,
  unpriced: 1,
  tokens_in: 10,
  tokens_out: 20,
};

export const aReconciliation: Reconciliation = {
  provider: "openai",
  format: "openai",
  currency: "USD",
  from: "2026-01-01",
  to: "2026-01-02",
  days: 2,
  compared: 4,
  booked_nanos: "1000",
  reported_nanos: "1400",
  by_cause: {
    bypass: "400",
    tier: "0",
    price: "0",
    rounding: "0",
    lag: "0",
    credit: "0",
    tax: "0",
    double_count: "0",
    lost_day: "0",
    unsettled: "0",
    unexplained: "0",
  },
  open_nanos: "400",
  coverage_percent: 71.4285,
  bypass_percent: 28.5714,
  rows: [],
  rows_left_out: 0,
};

export const aSpendRow: SpendRow = { ...money, dimensions: {} };

export const aCall: CallRow = {
  call: "call_1",
  at,
  interaction: "once.a:b-c_d",
  tenant: "a",
  feature: "chat",
  team: "a",
  state: "answered",
  attempts: 1,
  estimated_nanos: "0",
  in_doubt_nanos: "0",
  unpriced: 0,
};

export const anEntry: Entry = {
  id: "entry_1",
  attempt: "attempt_1",
  call: "call_1",
  interaction: "once.a:b-c_d",
  number: 1,
  incurred_at: at,
  booked_at: at,
  kind: "model",
  purpose: "answer",
  layer: "model",
  state: "answered",
  delivered: "full",
  is_net: true,
  tenant: "a",
  feature: "chat",
  team: "a",
  customer: "(none)",
  user: "(none)",
  environment: "(none)",
  session: "(none)",
  tags: {},
  claimed: {},
  key: "key_1",
  provider: "p",
  target: "p/m",
  model: "m",
  format: "openai",
  operation: "chat",
  stream: false,
  cost_type: "unpriced",
  in_doubt_nanos: "0",
  components: [],
  bound_type: "unknown",
  call_end: true,
};

export const aStatus: Omit<Status, "role"> = {
  version: "0.0.0",
  started_at: at,
  now: at,
  currency: "USD",
  timezone: "UTC",
  demo: false,
  data_plane: "http://127.0.0.1:4000",
  revision: "r1",
  price_book: "b1",
  gateway: { state: "up", threads: [] },
  targets: [],
  cache: { answers: 0, bytes: 0 },
  journal: { segments: 1, bytes: 2, bytes_not_loaded: 0, booked_until: at, torn_lines: 0 },
  ledger: { entries: 1, bytes: 2 },
  alerts: { waiting: 0, sent: 2, failed: 1 },
  totals: { gross_nanos: "0", in_doubt_nanos: "0", unpriced: 0 },
};

export function aStoredKey(more: Partial<StoredKey>): StoredKey {
  return {
    id: "key_1",
    name: "n",
    digest: "d",
    hint: "abcd",
    team: undefined,
    feature: undefined,
    customer: undefined,
    environment: undefined,
    models: undefined,
    maxOutputTokens: undefined,
    maxContextTokens: undefined,
    requireInteraction: false,
    createdAt: instant(0),
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
    replacedBy: undefined,
    ...more,
  };
}

export function anAlert(more: Partial<StoredAlert>): StoredAlert {
  return {
    id: "alert_1",
    once: "1",
    kind: "budget_threshold",
    at: instant(Date.parse(at)),
    facts: JSON.stringify({ says: "Budget b has reached 80 %.", facts: { budget: "b" } }),
    state: "failed",
    attempts: 12,
    nextAt: undefined,
    problem: "status 500",
    sentAt: undefined,
    ...more,
  };
}
