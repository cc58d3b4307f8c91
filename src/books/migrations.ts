import { type DatabaseSync } from "node:sqlite";
import { type Instant } from "#units";

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** In order, numbered from 1; one that has been released is never changed, only followed by another. */
const migrations: readonly Migration[] = [
  {
    name: "keys, tokens, sessions, settings",
    sql: `
      CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL,
        team TEXT,
        feature TEXT,
        customer TEXT,
        environment TEXT,
        models TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER,
        last_used_at INTEGER,
        replaced_by TEXT REFERENCES keys (id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE tokens (
        name TEXT PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE logins (
        digest TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE sessions (
        digest TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        token TEXT REFERENCES tokens (name) ON DELETE CASCADE,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;`,
  },
  {
    name: "budgets, audit, alerts, limits of keys",
    sql: `
      ALTER TABLE keys ADD COLUMN max_output_tokens INTEGER;
      ALTER TABLE keys ADD COLUMN max_context_tokens INTEGER;
      ALTER TABLE keys ADD COLUMN require_interaction INTEGER NOT NULL DEFAULT 0;

      CREATE TABLE budgets (
        id TEXT PRIMARY KEY,
        written TEXT NOT NULL,
        changed_at INTEGER NOT NULL,
        changed_by TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE audit (
        id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        before TEXT,
        after TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX audit_of_subject ON audit (subject, id);

      CREATE TABLE alerts (
        id TEXT PRIMARY KEY,
        once TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        facts TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        next_at INTEGER,
        problem TEXT,
        sent_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX alerts_due ON alerts (next_at) WHERE state = 'waiting';`,
  },
  {
    name: "closed months",
    sql: `
      CREATE TABLE closed_months (
        month TEXT PRIMARY KEY,
        closed_at INTEGER NOT NULL,
        closed_by TEXT NOT NULL,
        revision TEXT NOT NULL,
        booked_until INTEGER NOT NULL,
        allocation TEXT NOT NULL
      ) STRICT;`,
  },
  {
    name: "revenue",
    // Amounts are text: SQLite's integers are read as numbers, which are exact only to 9 million dollars in nanos.
    sql: `
      CREATE TABLE revenue_files (
        name TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        imported_at INTEGER NOT NULL,
        imported_by TEXT NOT NULL,
        rows INTEGER NOT NULL,
        nanos TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE revenue (
        file TEXT NOT NULL,
        line INTEGER NOT NULL,
        customer TEXT NOT NULL,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        nanos TEXT NOT NULL,
        reference TEXT NOT NULL,
        PRIMARY KEY (file, line)
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX revenue_once ON revenue (customer, from_at, to_at, reference);`,
  },
  {
    name: "reports of providers, imports of bills",
    sql: `
      CREATE TABLE provider_reports (
        provider TEXT NOT NULL,
        day TEXT NOT NULL,
        series TEXT NOT NULL,
        format TEXT NOT NULL,
        buckets TEXT NOT NULL,
        fetched_at INTEGER NOT NULL,
        PRIMARY KEY (provider, day, series)
      ) STRICT;

      CREATE TABLE bill_imports (
        id TEXT PRIMARY KEY,
        begun_at INTEGER NOT NULL,
        report TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX bill_imports_newest ON bill_imports (begun_at);`,
  },
  {
    name: "meters",
    sql: `
      CREATE TABLE meter_watches (
        meter TEXT NOT NULL,
        exporter TEXT NOT NULL,
        watch TEXT NOT NULL,
        PRIMARY KEY (meter, exporter)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE meter_intervals (
        meter TEXT NOT NULL,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        measured TEXT NOT NULL,
        booked TEXT,
        PRIMARY KEY (meter, from_at)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX meter_intervals_unbooked ON meter_intervals (meter, from_at) WHERE booked IS NULL;`,
  },
];

export const knownVersion = migrations.length;

/**
 * Brings the tables to this version, all steps or none, and gives the version they are at then; tables of a newer one
 * are left as they are. The version is read inside the write lock: two processes that open the same file cannot both
 * migrate it.
 */
export function migrate(database: DatabaseSync, now: Instant): number {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`
      CREATE TABLE IF NOT EXISTS migrations (
        version INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT`);
    const found = Number(
      database.prepare("SELECT coalesce(max(version), 0) AS version FROM migrations").get()?.["version"],
    );
    if (found <= knownVersion) applyAfter(database, found, now);
    database.exec("COMMIT");
    return Math.max(found, knownVersion);
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function applyAfter(database: DatabaseSync, found: number, now: Instant): void {
  const note = database.prepare("INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, ?)");
  for (const [index, { name, sql }] of migrations.entries()) {
    if (index < found) continue;
    database.exec(sql);
    note.run(index + 1, name, now);
  }
}
