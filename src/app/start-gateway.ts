import { join } from "node:path";
import { addMetrics, type AnswerPin, type GatewayMetrics, PinTable } from "#gateway";
import { type Config, sealConfig } from "#config";
import { listSegments } from "#journal";
import { type World } from "#world";
import { AnswerGrants } from "./answer-grants.ts";
import { configKeys } from "./config-keys.ts";
import { type ConfigSource, type ConfigUnread } from "./config-source.ts";
import { type DataFolder } from "./data-folder.ts";
import { GatewayBudgets } from "./gateway-budgets.ts";
import { type Drain, GatewayThreads } from "./gateway-threads.ts";
import { KeptKeys } from "./kept-keys.ts";
import {
  type FromThread,
  type GatewayReport,
  type IntakeLine,
  type ThreadOpening,
  type ToGateway,
  type ToOffice,
} from "./link.ts";
import { listenOrigin } from "./listen-origin.ts";
import { type Log, type LogLevel } from "./log.ts";
import { OfficeChild } from "./office-child.ts";
import { OFFICE_THREAD } from "./office-thread.ts";
import { certificateNews } from "./tls-identity.ts";
import { describeUnread } from "./describe-unread.ts";
import { sealDead } from "./seal-dead.ts";
import { metricsOfTheDead } from "./metrics-of-the-dead.ts";
import { needRestart } from "./need-restart.ts";

export interface GatewayStart {
  readonly folder: DataFolder;
  readonly source: ConfigSource;
  readonly config: Config;
  readonly where: { readonly host: string; readonly port: number; readonly shared: boolean };
  readonly threads: number;
  readonly isDemo: boolean;
  readonly log: Log;
  /** The least that is logged now. */
  readonly logFrom: () => LogLevel;
  readonly programs: { readonly thread: URL; readonly office: URL };
  /** All threads listen. */
  readonly onUp: () => void;
  /** A first start that cannot become one; `detail` says why and what to do. */
  readonly onFailed: (detail: string) => void;
  readonly onOffice: (message: Extract<ToGateway, { type: "office-ready" }>) => void;
  readonly onConfig: (config: Config) => void;
  readonly onConfigRefused: (problem: ConfigUnread) => void;
}

const TICK_MS = 500;
const CERTIFICATE_EVERY_MS = 12 * 3_600_000;
const OFFICE_STOP_MS = 15_000;
/** A thread that dies so often before it first listened will not do better. */
const FIRST_STARTS_MAX = 3;
/** Sockets more than the least busy thread has before a thread closes some of its own. */
const UNEVEN_BY = 32;

/**
 * The gateway's main thread: threads, keys, snapshots, and the link to the office. Nothing that a call waits for runs
 * here.
 */
export class GatewayMain {
  readonly #world: World;
  readonly #start: GatewayStart;
  readonly #threads: GatewayThreads;
  readonly #office: OfficeChild;
  readonly #keys: KeptKeys;
  readonly #budgets: GatewayBudgets;
  readonly #pins = new PinTable();
  readonly #answers: AnswerGrants;
  readonly #reports = new Map<number, Extract<FromThread, { type: "report" }>>();
  readonly #startedAt;
  #config: Config;
  #configProblem: string | undefined;
  #ofTheDead: GatewayMetrics | undefined;
  #loadedBytes = 0;
  #isAdmitting = true;
  #isStopping = false;
  #isUp = false;
  #isOfficeKnown = false;
  /** Of the latest office; one that is gone refuses connections. */
  #intake: IntakeLine | undefined;
  /** Where port 0 has led: the next office listens there again. */
  #controlPort: number | undefined;

  constructor(world: World, start: GatewayStart) {
    this.#world = world;
    this.#start = start;
    this.#config = start.config;
    this.#startedAt = world.clock.now();
    this.#keys = new KeptKeys(world, start.folder.keyRing);
    this.#threads = new GatewayThreads({
      clock: world.clock,
      log: start.log,
      program: start.programs.thread,
      count: start.threads,
      opening: (thread, incarnation) => this.#threadOpening(thread, incarnation),
      onMessage: (thread, message) => this.#hear(thread, message),
      onDeath: (thread) => this.#bury(thread),
    });
    this.#budgets = new GatewayBudgets(world, {
      log: start.log,
      folder: start.folder,
      configured: start.config.budgets.definitions,
      tell: (thread, message) => this.#threads.tell(thread, message),
      tellAll: (message) => this.#threads.tellAll(message),
      tellOffice: (news) => this.#office.send({ type: "budget-news", news }),
    });
    this.#answers = new AnswerGrants(world, {
      journal: start.folder.journal,
      learn: (pin) => this.#learn(pin, undefined),
    });
    this.#office = new OfficeChild({
      clock: world.clock,
      log: start.log,
      program: start.programs.office,
      opening: () => [this.#officeOpening(), { type: "budget-news", news: this.#budgets.news }],
      onMessage: (message) => this.#hearOffice(message),
    });
  }

  run(): void {
    this.#noteCertificate();
    this.#world.clock.every(CERTIFICATE_EVERY_MS, () => this.#noteCertificate());
    this.#sealDead();
    this.#applyConfigKeys();
    this.#office.start();
    void this.#open();
  }

  /** No thread listens before it is known what is spent. */
  async #open(): Promise<void> {
    await this.#budgets.open();
    if (this.#isStopping) return;
    this.#threads.start();
    void this.#answers.open();
    this.#world.clock.every(TICK_MS, () => this.#tick());
  }

  /** Lets calls finish, the office book what is left, and closes. */
  async stop(drain: Drain): Promise<void> {
    this.#isStopping = true;
    await this.#threads.drain(drain);
    await this.#budgets.close();
    this.#report();
    await this.#office.stop(OFFICE_STOP_MS);
    this.#keys.write();
    this.#start.folder.release();
  }

  /** Reads the configuration again: a good one is in force within a second, a bad one changes nothing. */
  reload(): void {
    const { source, log, onConfigRefused } = this.#start;
    const read = source.read();
    if (!read.ok) {
      this.#configProblem = describeUnread(read.error);
      onConfigRefused(read.error);
      return;
    }
    this.#configProblem = undefined;
    const before = this.#config;
    this.#config = read.value;
    this.#start.onConfig(read.value);
    for (const field of needRestart(before, read.value)) log("warn", "config-needs-restart", { field });
    this.#noteCertificate();
    this.#threads.tellAll({ type: "config", config: sealConfig(read.value, { withSecrets: true }) });
    this.#budgets.configure(read.value.budgets.definitions);
    this.#applyConfigKeys();
    this.#office.send({ ...this.#officeConfig(), type: "config" });
    log("info", "config-in-force", { revision: read.value.revision });
  }

  #noteCertificate(): void {
    const news = certificateNews(this.#config, this.#world.clock.now());
    if (news !== undefined) this.#start.log(news.level, news.event, { valid_to: news.validTo });
  }

  #tick(): void {
    if (this.#start.source.hasChanged()) this.reload();
    this.#budgets.tick();
    this.#report();
    this.#watchBacklog();
    this.#balance();
  }

  #threadOpening(thread: number, incarnation: number): ThreadOpening {
    const { folder, where, threads } = this.#start;
    return {
      thread,
      incarnation,
      where,
      otlpPort: this.#start.config.listen.otlpPort,
      threads,
      node: folder.node,
      journalFolder: folder.journal,
      cacheFolder: join(folder.cache, String(thread)),
      pepper: folder.pepper.export().toString("hex"),
      config: sealConfig(this.#config, { withSecrets: true }),
      keys: this.#keys.records,
      pins: this.#pins.all(),
      intake: this.#intake,
      budgets: this.#budgets.join(thread, incarnation),
    };
  }

  #officeConfig() {
    const { folder, logFrom } = this.#start;
    const { pepper } = folder;
    const { listen } = this.#config;
    const config = { ...this.#config, listen: { ...listen, controlPort: this.#controlPort ?? listen.controlPort } };
    return {
      logFrom: logFrom(),
      config: sealConfig(config, { withSecrets: false }),
      configKeys: configKeys(this.#config, { pepper, at: this.#startedAt }),
    };
  }

  #officeOpening(): Extract<ToOffice, { type: "open" }> {
    const { folder, isDemo } = this.#start;
    return {
      type: "open",
      folder: folder.path,
      isDemo,
      pepper: folder.pepper.export().toString("hex"),
      ...this.#officeConfig(),
      startedAt: this.#startedAt,
      wantsLogin: !this.#isOfficeKnown,
    };
  }

  #applyConfigKeys(): void {
    this.#changeKeys({ type: "keys-replaced", origin: "config", records: this.#officeConfig().configKeys });
  }

  #changeKeys(delta: Parameters<KeptKeys["apply"]>[0], change?: number): void {
    this.#keys.apply(delta);
    const known = () => change !== undefined && this.#office.send({ type: "keys-known", change });
    this.#threads.tellKeys(delta, known);
  }

  #hear(thread: number, message: Exclude<FromThread, { type: "keys-known" }>): void {
    switch (message.type) {
      case "up":
        return this.#welcome(thread);
      case "failed":
        this.#start.log("error", "thread-failed", { thread, detail: message.detail });
        if (!this.#isUp) this.#start.onFailed(message.detail);
        return;
      case "report":
        this.#reports.set(thread, message);
        return;
      case "keys-used":
        this.#office.send({ type: "keys-used", uses: message.uses });
        return;
      case "pin":
        this.#learn(message.pin, thread);
        return;
      case "claim":
        return this.#claim(thread, message);
      case "authority":
        return this.#budgets.hear(message.messages);
      case "budget-news":
        return this.#budgets.hearNews(message.news);
      case "log":
        this.#start.log(message.level, message.event, { thread, ...message.facts });
        return;
    }
  }

  #welcome(thread: number): void {
    if (!this.#isAdmitting) this.#threads.tell(thread, { type: "admission", isOpen: false });
    if (this.#isUp || this.#threads.seats.some(({ state }) => state !== "up")) return;
    this.#isUp = true;
    this.#start.onUp();
  }

  #claim(thread: number, { claim, answer }: Extract<FromThread, { type: "claim" }>): void {
    const life = this.#lifeOf(thread);
    this.#answers.ask({
      answer,
      isThere: () => this.#lifeOf(thread) === life,
      told: (isGranted) => this.#threads.tell(thread, { type: "claimed", claim, isGranted }),
    });
  }

  #lifeOf(thread: number): number | undefined {
    return this.#threads.seats[thread - 1]?.incarnation;
  }

  #learn(pin: AnswerPin, from: number | undefined): void {
    if (this.#pins.add(pin)) this.#threads.tellAll({ type: "pin", pin }, from);
  }

  #hearOffice(message: ToGateway): void {
    switch (message.type) {
      case "office-ready":
        if (!this.#isOfficeKnown) this.#start.onOffice(message);
        this.#isOfficeKnown = true;
        this.#controlPort = Number(new URL(message.control).port);
        return;
      case "office-failed":
        this.#start.log("error", "office-failed", { detail: message.detail });
        if (!this.#isOfficeKnown) this.#start.onFailed(message.detail);
        return;
      case "keys":
        return this.#changeKeys(message.delta, message.change);
      case "budgets":
        return this.#budgets.make(message.definitions);
      case "forget-answers":
        this.#threads.tellAll(message);
        return;
      case "loaded":
        this.#loadedBytes = message.bytes;
        return;
      case "intake":
        this.#intake = message.line;
        this.#threads.tellAll(message);
        return;
    }
  }

  #bury(thread: number): void {
    const last = this.#reports.get(thread);
    this.#reports.delete(thread);
    if (last !== undefined) {
      const metrics = metricsOfTheDead(last.metrics);
      this.#ofTheDead = this.#ofTheDead === undefined ? metrics : addMetrics([this.#ofTheDead, metrics]);
    }
    this.#sealDead();
    this.#budgets.lost(thread);
    const seat = this.#threads.seats[thread - 1];
    if (!this.#isUp && (seat?.restarts ?? 0) >= FIRST_STARTS_MAX) {
      this.#start.onFailed("A gateway thread does not start; the log says why.");
    }
  }

  #sealDead(): void {
    const { folder, log } = this.#start;
    sealDead(this.#world, {
      log,
      journal: folder.journal,
      alive: (thread, incarnation) =>
        (thread === OFFICE_THREAD && this.#office.isUp) ||
        this.#threads.seats.some(
          (seat) => seat.thread === thread && String(seat.incarnation) === incarnation && seat.state !== "dead",
        ),
    });
  }

  #report(): void {
    const reports = [...this.#reports.values()].map(({ metrics }) => metrics);
    const all = this.#ofTheDead === undefined ? reports : [this.#ofTheDead, ...reports];
    const report: GatewayReport = {
      type: "report",
      pid: process.pid,
      memoryBytes: process.memoryUsage.rss(),
      officeRestarts: this.#office.restarts,
      dataPlane: listenOrigin({ ...this.#config.listen, host: this.#start.where.host }, this.#start.where.port),
      revision: this.#config.revision,
      configProblem: this.#configProblem,
      threads: this.#threads.seats.map(({ thread, state, restarts }) => {
        const metrics = this.#reports.get(thread)?.metrics;
        return {
          thread,
          state,
          restarts,
          callsRunning: metrics?.callsRunning ?? 0,
          callsTotal: metrics?.callsTotal ?? 0,
        };
      }),
      metrics: all.length === 0 ? undefined : addMetrics(all),
      ...this.#budgets.report(),
    };
    this.#office.send(report);
  }

  #watchBacklog(): void {
    const { folder, log } = this.#start;
    const written = listSegments(this.#world.disk, folder.journal).reduce((sum, { bytes }) => sum + bytes, 0);
    // Before the first office of this run has said how far it is, everything older counts as loaded.
    if (!this.#isOfficeKnown && this.#loadedBytes === 0) this.#loadedBytes = written;
    const isOpen = written - this.#loadedBytes <= this.#config.journal.backlogBytesMax;
    if (isOpen === this.#isAdmitting) return;
    this.#isAdmitting = isOpen;
    log(isOpen ? "info" : "error", isOpen ? "admission-opened" : "admission-closed", {
      backlog_bytes: written - this.#loadedBytes,
    });
    this.#threads.tellAll({ type: "admission", isOpen });
  }

  /** A client that keeps its connections keeps its thread: where they have gathered on one, it lets some go. */
  #balance(): void {
    const counts = [...this.#reports].map(([thread, { connections }]) => ({ thread, connections }));
    const least = Math.min(...counts.map(({ connections }) => connections));
    for (const { thread, connections } of counts) {
      if (connections > 2 * least + UNEVEN_BY) this.#threads.tell(thread, { type: "shed" });
    }
  }
}
