import { type DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { err, ok, type Result } from "#std";
import { type Clock, type Disk } from "#world";
import { knownVersion, migrate } from "./migrations.ts";
import { type BooksProblem, expectSqliteProblems, nodeSqliteDialect, openSqlite } from "./sqlite.ts";
import { StoredAlerts } from "./stored-alerts.ts";
import { StoredBillImports } from "./stored-bill-imports.ts";
import { StoredAudit } from "./stored-audit.ts";
import { StoredClosedMonths } from "./stored-closed-months.ts";
import { StoredBudgets } from "./stored-budgets.ts";
import { StoredKeys } from "./stored-keys.ts";
import { StoredReports } from "./stored-reports.ts";
import { StoredMeters } from "./stored-meters.ts";
import { StoredRevenue } from "./stored-revenue.ts";
import { StoredSettings } from "./stored-settings.ts";
import { StoredTokens } from "./stored-tokens.ts";
import { type Tables } from "./tables.ts";

/** What changes and must not be lost: keys, tokens and sessions, settings, budgets, alerts. One SQLite file, opened by the office alone. */
export class Books {
  readonly keys: StoredKeys;
  readonly tokens: StoredTokens;
  readonly settings: StoredSettings;
  readonly budgets: StoredBudgets;
  readonly alerts: StoredAlerts;
  readonly audit: StoredAudit;
  readonly closedMonths: StoredClosedMonths;
  readonly revenue: StoredRevenue;
  readonly meters: StoredMeters;
  readonly reports: StoredReports;
  readonly billImports: StoredBillImports;
  readonly #database: DatabaseSync;
  readonly #tables: Kysely<Tables>;

  private constructor(database: DatabaseSync) {
    const tables = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    this.#database = database;
    this.#tables = tables;
    this.keys = new StoredKeys(tables);
    this.tokens = new StoredTokens(tables);
    this.settings = new StoredSettings(tables);
    this.budgets = new StoredBudgets(tables);
    this.alerts = new StoredAlerts(tables);
    this.audit = new StoredAudit(tables);
    this.closedMonths = new StoredClosedMonths(tables);
    this.revenue = new StoredRevenue(tables);
    this.meters = new StoredMeters(tables);
    this.reports = new StoredReports(tables);
    this.billImports = new StoredBillImports(tables);
  }

  /** Opens or makes the file and brings its tables to this version; a file of a newer version is left as it is. */
  static open(
    path: string,
    { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  ): Result<Books, BooksProblem> {
    const opened = openSqlite(disk, path);
    if (!opened.ok) return opened;
    const database = opened.value;
    const migrated = expectSqliteProblems(path, () => migrate(database, clock.now()));
    const isNewer = migrated.ok && migrated.value > knownVersion;
    if (!migrated.ok || isNewer) database.close();
    if (!migrated.ok) return migrated;
    if (isNewer) return err({ type: "books-newer", path, version: migrated.value, known: knownVersion });
    return ok(new Books(database));
  }

  /** Writes all of it, as of now, into a new file; nothing else runs meanwhile, which takes milliseconds. */
  copyTo(path: string): Result<void, BooksProblem> {
    return expectSqliteProblems(path, () => void this.#database.prepare("VACUUM INTO ?").run(path));
  }

  /** Whether SQLite finds the file whole. */
  check(path: string): Result<void, BooksProblem> {
    const found = expectSqliteProblems(path, () => this.#database.prepare("PRAGMA integrity_check(1)").get());
    if (!found.ok) return found;
    const verdict = Object.values(found.value ?? {})[0];
    return verdict === "ok" ? ok(undefined) : err({ type: "books-unreadable", path, detail: String(verdict) });
  }

  async close(): Promise<void> {
    await this.#tables.destroy();
  }
}
