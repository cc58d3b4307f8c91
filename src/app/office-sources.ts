import { type KeyRecord } from "#access";
import { type Analytics } from "#analytics";
import { type Books } from "#books";
import { type Config, openConfig } from "#config";
import { type Metric, promiseMetrics, type QuestionProblem } from "#control";
import { type PriceQuery, type PriceRows, type Status } from "#contract";
import { type DuckDbStore, type Ledger, type LedgerProgress } from "#ledger";
import { type PriceBook } from "#pricing";
import { err, ok, type Result } from "#std";
import { type Telemetry } from "#telemetry";
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { buildPrices } from "./compile.ts";
import { ConfigAudit } from "./config-audit.ts";
import { pathsIn } from "./data-folder.ts";
import { describeMetrics } from "./describe-metrics.ts";
import { heldSegments } from "./held-segments.ts";
import { type GatewayReport, type KeyUse, type OfficeOpening, type ToOffice } from "./link.ts";
import { stepRateRows } from "./step-rate-rows.ts";
import { seenBy } from "./target-rows.ts";
import { type Log } from "./log.ts";
import { type OfficeBudgets } from "./office-budgets.ts";
import { type OfficeObjectives } from "./office-objectives.ts";
import { type OfficeTargets } from "./office-targets.ts";
import { VERSION } from "./product.ts";
import { forecastStorage, type StorageForecast } from "./storage-forecast.ts";
import { telemetryMetrics, telemetryStatus } from "./telemetry-rows.ts";

export interface OfficeSourcesOptions {
  readonly world: World;
  readonly opening: OfficeOpening;
  readonly config: Config;
  readonly ledger: Ledger;
  readonly store: DuckDbStore;
  readonly books: Books;
  readonly analytics: Analytics;
  readonly prices: PriceBook;
  readonly ledgerPath: string;
  readonly budgets: OfficeBudgets;
  readonly objectives: OfficeObjectives;
  readonly telemetry: Pick<Telemetry, "state">;
  readonly targets: OfficeTargets;
}

/** Two reports missed: the gateway is stopped, or too busy to say anything. */
const AWAY_AFTER_MS = 3000;
const PRICE_ROWS_MAX = 1000;

/** What the control API is told about everything that it cannot see itself. */
export class OfficeSources {
  readonly #options: OfficeSourcesOptions;
  readonly #startedAt: Instant;
  readonly #audit: ConfigAudit;
  #config: Config;
  #configKeys: readonly KeyRecord[];
  #prices: PriceBook;
  #report: { readonly at: Instant; readonly said: GatewayReport } | undefined;
  #problems = "";
  readonly #lastUsed = new Map<string, Instant>();

  constructor(options: OfficeSourcesOptions) {
    this.#options = options;
    this.#startedAt = options.world.clock.now();
    this.#audit = new ConfigAudit(options);
    this.#config = options.config;
    this.#configKeys = options.opening.configKeys;
    this.#prices = options.prices;
  }

  /** Keys of the configuration with when they were last used, which the books keep for them too. */
  get configuredKeys(): readonly (KeyRecord & { readonly lastUsedAt: Instant | undefined })[] {
    return this.#configKeys.map((key) => ({ ...key, lastUsedAt: this.#lastUsed.get(key.id) }));
  }

  /** The configuration and the price book of now. */
  get inForce(): { readonly prices: PriceBook; readonly config: Config } {
    return { prices: this.#prices, config: this.#config };
  }

  /** What the books know from before this start, and what tare.yaml has become since. */
  async begin(): Promise<void> {
    await this.#audit.note(this.#config, this.#configKeys);
    for (const { id } of this.#configKeys) {
      const kept = await this.#options.books.settings.get(`last-used:${id}`);
      if (kept !== undefined) this.#lastUsed.set(id, instant(Number(kept)));
    }
  }

  async noteUses(uses: readonly KeyUse[]): Promise<void> {
    const { books } = this.#options;
    await books.keys.noteUsed(new Map(uses.map(({ id, at }) => [id, at])));
    const ours = new Set(this.#configKeys.map(({ id }) => id));
    for (const { id, at } of uses.filter((use) => ours.has(use.id))) {
      this.#lastUsed.set(id, at);
      await books.settings.set(`last-used:${id}`, String(at));
    }
  }

  async swap({ config, configKeys }: Extract<ToOffice, { type: "config" }>): Promise<void> {
    this.#config = openConfig(config);
    this.#configKeys = configKeys;
    await this.#audit.note(this.#config, configKeys);
    this.#prices = await buildPrices(this.#config);
    await this.#options.budgets.swap(this.#config);
    await this.#options.objectives.swap(this.#config.objectives);
    await this.#options.targets.swap(this.#config.targets);
  }

  noteReport(said: GatewayReport): void {
    this.#report = { at: this.#options.world.clock.now(), said };
    this.#options.budgets.noteReport(said);
  }

  /** Logged when they change, not at every pass. */
  noteProblems({ problems }: LedgerProgress, log: Log): void {
    const text = problems.map((problem) => JSON.stringify(problem)).join("\n");
    if (text !== "" && text !== this.#problems) log("error", "ledger-behind", { problems: text });
    this.#problems = text;
  }

  prices({ model, provider, limit, cursor }: PriceQuery): Result<PriceRows, QuestionProblem> {
    if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) {
      return err({ type: "bad-question", field: "cursor", detail: "Not one that we gave." });
    }
    const { rows, quarantined } = this.#prices.search({ model, provider });
    const from = cursor === undefined ? 0 : Number(cursor);
    const next = from + Math.min(limit, PRICE_ROWS_MAX);
    return ok({
      book: this.#prices.revision,
      rows: rows.slice(from, next),
      quarantined: from === 0 ? quarantined.slice(0, PRICE_ROWS_MAX) : [],
      step_rates: from === 0 ? stepRateRows(this.#config.stepRates, { model, provider }) : [],
      cursor: next < rows.length ? String(next) : undefined,
    });
  }

  async status(): Promise<Omit<Status, "role">> {
    const { world, opening, budgets } = this.#options;
    const said = this.#report?.said;
    const forecast = this.#forecast();
    return {
      version: VERSION,
      started_at: timestamp(opening.startedAt),
      now: timestamp(world.clock.now()),
      currency: this.#config.currency,
      timezone: this.#config.timezone,
      demo: opening.isDemo,
      data_plane: said?.dataPlane ?? "",
      revision: said?.revision ?? this.#config.revision,
      config_problem: said?.configProblem,
      price_book: this.#prices.revision,
      processes: this.#processes(said),
      gateway: this.#gatewayStatus(),
      ...seenBy(said?.metrics),
      journal: this.#journalStatus(forecast),
      slices: budgets.slices(),
      storage: storageStatus(forecast),
      alerts: await budgets.alertState(),
      telemetry: telemetryStatus(this.#options.telemetry.state()),
      ...(await this.#ledgerStatus()),
    };
  }

  #gatewayStatus(): Status["gateway"] {
    const report = this.#report;
    const isAway = report === undefined || this.#options.world.clock.now() - report.at > AWAY_AFTER_MS;
    return {
      state: isAway ? "away" : "up",
      threads: (report?.said.threads ?? []).map(({ thread, state, callsRunning, callsTotal, restarts }) => ({
        thread,
        state,
        calls_running: callsRunning,
        calls_total: callsTotal,
        restarts,
      })),
    };
  }

  #processes(said: GatewayReport | undefined): Status["processes"] {
    const { opening } = this.#options;
    const office = {
      process: "office",
      pid: process.pid,
      started_at: timestamp(this.#startedAt),
      memory_bytes: process.memoryUsage.rss(),
      restarts: said?.officeRestarts ?? 0,
    } as const;
    if (said === undefined) return [office];
    const startedAt = timestamp(opening.startedAt);
    const { pid, memoryBytes } = said;
    return [{ process: "gateway", pid, started_at: startedAt, memory_bytes: memoryBytes, restarts: 0 }, office];
  }

  #forecast(): StorageForecast {
    const { world, opening } = this.#options;
    const { retention, journal } = this.#config;
    const kept = { ledgerMs: retention.ledgerMs, packAfterMs: journal.packAfterMs };
    return forecastStorage(world, { folder: opening.folder, kept, now: world.clock.now() });
  }

  #journalStatus({ packedSegments }: StorageForecast): Status["journal"] {
    const { ledger, world, opening } = this.#options;
    const progress = ledger.progress();
    const aside = world.disk.list(pathsIn(opening.folder).setAside).length;
    const held = heldSegments(progress.problems);
    return {
      segments: progress.segments,
      bytes: progress.bytes,
      bytes_not_loaded: progress.bytesNotLoaded,
      booked_until: timestamp(ledger.bookedUntil()),
      torn_lines: progress.corruptedLines,
      packed: packedSegments,
      set_aside: aside === 0 ? undefined : aside,
      held: held.length === 0 ? undefined : held,
    };
  }

  async #ledgerStatus(): Promise<Pick<Status, "ledger" | "totals">> {
    const { world, store, analytics, ledgerPath } = this.#options;
    const [totals, counts] = await Promise.all([analytics.totals(), store.counts()]);
    const { gross_nanos, estimated_nanos, in_doubt_nanos, avoided_nanos, unpriced } = totals;
    return {
      ledger: {
        entries: counts.entries,
        bytes: world.disk.size(ledgerPath) ?? 0,
        first_at: totals.firstAt === undefined ? undefined : timestamp(totals.firstAt),
        last_at: totals.lastAt === undefined ? undefined : timestamp(totals.lastAt),
      },
      totals: { gross_nanos, estimated_nanos, in_doubt_nanos, avoided_nanos, unpriced },
    };
  }

  async metrics(): Promise<readonly Metric[]> {
    const { ledger, budgets, objectives, targets } = this.#options;
    return [
      ...describeMetrics(this.#report?.said, ledger.progress()),
      ...(await budgets.metrics()),
      ...telemetryMetrics(this.#options.telemetry.state()),
      ...promiseMetrics({ slos: objectives.source.current().rows, targets: targets.current().rows }),
    ];
  }
}

function storageStatus(forecast: StorageForecast): Status["storage"] {
  return {
    journal_bytes: forecast.journalBytes,
    ledger_bytes: forecast.ledgerBytes,
    books_bytes: forecast.booksBytes,
    free_bytes: forecast.freeBytes,
    year_bytes: forecast.yearBytes,
    busy_year_bytes: forecast.busyYearBytes,
  };
}

function timestamp(at: Instant): string {
  return new Date(at).toISOString();
}
