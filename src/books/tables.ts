import { type Id, type Instant } from "#units";

/** The tables as Kysely sees them; what they are in SQL stands in migrations.ts. */
export interface Tables {
  keys: KeyRow;
  tokens: {
    name: string;
    digest: string;
    role: string;
    created_at: Instant;
    expires_at: Instant | null;
  };
  logins: { digest: string; role: string; expires_at: Instant };
  sessions: {
    digest: string;
    role: string;
    token: string | null;
    created_at: Instant;
    expires_at: Instant;
  };
  settings: { name: string; value: string };
  budgets: BudgetRow;
  audit: AuditRow;
  alerts: AlertRow;
  closed_months: {
    month: string;
    closed_at: Instant;
    closed_by: string;
    revision: string;
    booked_until: Instant;
    /** JSON. */
    allocation: string;
  };
  revenue_files: {
    name: string;
    digest: string;
    imported_at: Instant;
    imported_by: string;
    rows: number;
    nanos: string;
  };
  revenue: {
    file: string;
    line: number;
    customer: string;
    from_at: Instant;
    to_at: Instant;
    nanos: string;
    reference: string;
  };
  provider_reports: {
    provider: string;
    day: string;
    series: string;
    format: string;
    /** JSON. */
    buckets: string;
    fetched_at: Instant;
  };
  bill_imports: {
    id: string;
    begun_at: Instant;
    /** JSON. */
    report: string;
  };
  /** `watch` is JSON. */
  meter_watches: { meter: string; exporter: string; watch: string };
  meter_intervals: {
    meter: string;
    from_at: Instant;
    to_at: Instant;
    /** JSON. */
    measured: string;
    /** Digest of what was booked of it. */
    booked: string | null;
  };
}

export interface BudgetRow {
  id: string;
  /** The budget as it would stand in tare.yaml, as JSON. */
  written: string;
  changed_at: Instant;
  changed_by: string;
}

export interface AuditRow {
  id: Id<"audit">;
  at: Instant;
  who: string;
  action: string;
  subject: string;
  before: string | null;
  after: string | null;
}

export interface AlertRow {
  id: Id<"alert">;
  /** What the alert is about, period included: the same is told once. */
  once: string;
  kind: string;
  at: Instant;
  /** JSON. */
  facts: string;
  state: AlertState;
  attempts: number;
  next_at: Instant | null;
  problem: string | null;
  sent_at: Instant | null;
}

/** noted: nobody is to be told. failed: given up on, until somebody sends it again. */
export type AlertState = "noted" | "waiting" | "sent" | "failed";

export interface KeyRow {
  id: Id<"key">;
  name: string;
  digest: string;
  hint: string;
  team: string | null;
  feature: string | null;
  customer: string | null;
  environment: string | null;
  /** JSON list of names. */
  models: string | null;
  max_output_tokens: number | null;
  max_context_tokens: number | null;
  /** 0 or 1. */
  require_interaction: number;
  created_at: Instant;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  last_used_at: Instant | null;
  replaced_by: Id<"key"> | null;
}
