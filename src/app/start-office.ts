import { createSecretKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { type KeyDelta } from "#access";
import { Allocations } from "#accounting";
import { type AlertNews } from "#alerts";
import { Analytics } from "#analytics";
import { type Config, openConfig } from "#config";
import { type Control, createControl } from "#control";
import { type CostAdjusted } from "#events";
import { type Entry, Ledger } from "#ledger";
import { assert } from "#std";
import { type Telemetry } from "#telemetry";
import { type Instant } from "#units";
import { type Clock, type World } from "#world";
import { demoBill } from "./demo-bill.ts";
import { commitmentSource } from "./commitment-source.ts";
import { buildPrices } from "./compile.ts";
import { pathsIn } from "./data-folder.ts";
import { FolderTurns } from "./folder-turns.ts";
import { focusSource } from "./focus-source.ts";
import { KeyNews } from "./key-news.ts";
import { type OfficeOpening, type ToGateway, type ToOffice } from "./link.ts";
import { listenOrigin } from "./listen-origin.ts";
import { type Log } from "./log.ts";
import { NetworkShares } from "./network-shares.ts";
import { officeBackups } from "./office-backups.ts";
import { OfficeBills } from "./office-bills.ts";
import { OfficeBudgets } from "./office-budgets.ts";
import { OfficeIntake } from "./office-intake.ts";
import { OfficeMeters } from "./office-meters.ts";
import { OfficePacking } from "./office-packing.ts";
import { OfficeRetention } from "./office-retention.ts";
import { OfficeReports } from "./office-reports.ts";
import { OfficeObjectives } from "./office-objectives.ts";
import { OfficeSources } from "./office-sources.ts";
import { marginSource } from "./margin-source.ts";
import { meterMetrics } from "./meter-rows.ts";
import { returnSource } from "./return-source.ts";
import { OfficeTargets } from "./office-targets.ts";
import { officeTelemetry } from "./office-telemetry.ts";
import { allKeys, openStores, soon, type Stores } from "./open-stores.ts";
import { dashboardFolder, VERSION } from "./product.ts";
import { reconciliationSource } from "./reconciliation-source.ts";
import { reratingSource } from "./rerating-source.ts";
import { settlementSource } from "./settlement-source.ts";
import { stepSource } from "./step-source.ts";
import { tlsIdentity } from "./tls-identity.ts";

type Timer = ReturnType<Clock["every"]>;

export interface OfficeStart {
  readonly opening: OfficeOpening;
  readonly log: Log;
  readonly tell: (message: ToGateway) => void;
}

const CATCH_UP_MS_MIN = 250;
const CATCH_UP_MS_MAX = 1500;
/** A pass that commits costs the same for one row as for hundreds: at most one part in so many of the time goes into it. */
const CATCH_UP_SHARE = 25;
const PRUNE_EVERY_MS = 3_600_000;

/** Opens the stores and answers questions. Undefined when it cannot; the gateway was told why. */
export async function startOffice(world: World, start: OfficeStart): Promise<Office | undefined> {
  const { opening, tell } = start;
  const config = openConfig(opening.config);
  const pepper = createSecretKey(Buffer.from(opening.pepper, "hex"));
  const stores = await openStores(world, { folder: opening.folder, config, pepper, log: start.log });
  if (!stores.ok) {
    tell({ type: "office-failed", detail: stores.error });
    return undefined;
  }
  const office = await composeOffice(world, { ...start, ...stores.value, config, pepper });
  const problem = await office.open();
  if (problem === undefined) return office;
  tell({ type: "office-failed", detail: problem });
  return undefined;
}

interface Parts extends OfficeStart, Stores {
  readonly config: Config;
  readonly pepper: KeyObject;
}

async function composeOffice(world: World, parts: Parts): Promise<Office> {
  const { opening, store, books, config, log, tell } = parts;
  const paths = pathsIn(opening.folder);
  const shares = new NetworkShares(world);
  const configInForce = () => sources.inForce.config;
  const telemetry = officeTelemetry(shares.share(), { folder: opening.folder, books, config: configInForce, log });
  const onPass: Telemetry["passed"] = (pass) => telemetry.passed(pass);
  const onEntries = (entries: readonly Entry[]) => {
    intake.noteEntries(entries);
    telemetry.note(entries);
  };
  const ledger = new Ledger({ ...world, folder: paths.journal, store, onEntries, onPass });
  const analytics = new Analytics(store, {
    currency: config.currency,
    bookedUntil: () => ledger.bookedUntil(),
    linesLeftOut: () => ledger.corruptedLines(),
  });
  const running = () => ledger.running();
  const budgets = new OfficeBudgets({ world: shares.share(), books, analytics, config, log, tell, running });
  const raise = (news: readonly AlertNews[]) => budgets.raise(news);
  const objectives = new OfficeObjectives({ world, analytics, objectives: config.objectives, raise });
  const { currency, targets: ofConfig } = config;
  const targets = new OfficeTargets({ world, analytics, currency, targets: ofConfig, raise });
  const sources: OfficeSources = new OfficeSources({
    telemetry,
    budgets,
    objectives,
    targets,
    world,
    opening,
    config,
    ledger,
    store,
    books,
    analytics,
    prices: await buildPrices(config),
    ledgerPath: paths.ledger,
  });
  await sources.begin();
  const taking = { opening, store, ledger, inForce: () => sources.inForce, log, tell };
  const intake: OfficeIntake = new OfficeIntake(world, taking);
  const allocations = composeAllocations(world, { ...parts, analytics, ledger, inForce: configInForce });
  const bookers = composeBookers(world, { ...parts, ledger, intake, inForce: configInForce, reaching: shares.share() });
  const bookedUntil = () => ledger.bookedUntil();
  const keyNews = new KeyNews(world.clock, tell);
  const reports = new OfficeReports({ world: shares.share(), books, config: configInForce, log });
  const made = { ...parts, ledger, sources, intake, budgets, ...bookers, turns: new FolderTurns(), keyNews };
  const asked = { allocations, analytics, objectives, targets, reports, bookedUntil };
  const control = composeControl(world, { ...made, ...asked });
  return new Office(world, { ...made, control, lookouts: [objectives, targets, reports], telemetry });
}

interface BookerParts extends Parts {
  readonly ledger: Ledger;
  readonly intake: OfficeIntake;
  readonly inForce: () => Config;
  /** Whose network lets meters out. */
  readonly reaching: World;
}

/** What books costs that are no calls. */
function composeBookers(world: World, { opening, store, books, log, ledger, intake, inForce, reaching }: BookerParts) {
  const loaded = () => everythingLoaded(ledger);
  const booking = { store, books, config: inForce, journal: () => intake.journal, loaded, log };
  return {
    bills: new OfficeBills({
      ...booking,
      world,
      folder: opening.folder,
      sample: opening.isDemo ? demoBill : undefined,
    }),
    meters: new OfficeMeters({ ...booking, world: reaching }),
  };
}

function composeAllocations(
  world: World,
  {
    analytics,
    ledger,
    books,
    config,
    inForce,
  }: Parts & { readonly analytics: Analytics; readonly ledger: Ledger; readonly inForce: () => Config },
): Allocations {
  return new Allocations({
    costs: analytics.costPools,
    closed: books.closedMonths,
    now: () => world.clock.now(),
    bookedUntil: () => ledger.bookedUntil(),
    currency: config.currency,
    rules: () => inForce().allocation,
    timezone: () => inForce().timezone,
  });
}

/** A pass that runs may have read the office's own segment already: the one behind it has all that was written by now. */
async function everythingLoaded(ledger: Ledger): Promise<void> {
  await ledger.catchUp();
  await ledger.catchUp();
}

interface ControlParts extends Parts {
  readonly allocations: Allocations;
  readonly analytics: Analytics;
  readonly sources: OfficeSources;
  readonly intake: OfficeIntake;
  readonly budgets: OfficeBudgets;
  readonly objectives: OfficeObjectives;
  readonly targets: OfficeTargets;
  readonly reports: OfficeReports;
  readonly bills: OfficeBills;
  readonly meters: OfficeMeters;
  readonly bookedUntil: () => Instant;
  readonly turns: FolderTurns;
  readonly keyNews: KeyNews;
}

function composeControl(world: World, parts: ControlParts): Control {
  const { opening, store, books, config, pepper, log, tell, analytics, sources, intake, budgets, objectives } = parts;
  const adjusting = {
    world,
    store,
    inForce: () => sources.inForce,
    write: (event: CostAdjusted) => intake.journal?.append(event).ok === true,
    bookedUntil: parts.bookedUntil,
  };
  return createControl({
    world,
    pepper,
    log,
    version: VERSION,
    dashboard: dashboardFolder(world.disk),
    hostNames: config.listen.controlHosts,
    tls: tlsIdentity(config),
    trustProxy: config.listen.trustProxy,
    sources: {
      analytics,
      keys: {
        stored: books.keys,
        configured: () => sources.configuredKeys,
        changed: (delta: KeyDelta) => parts.keyNews.tell(delta),
      },
      budgets: budgets.source,
      alerts: budgets.alerts,
      slos: objectives.source,
      targets: parts.targets,
      margins: marginSource(world, { analytics, books, currency: config.currency }),
      returns: returnSource({
        analytics,
        books,
        currency: config.currency,
        settings: () => sources.inForce.config.economics,
      }),
      allocations: parts.allocations,
      steps: stepSource(world, () => intake.intake),
      bills: parts.bills.source,
      meters: parts.meters,
      rerating: reratingSource(adjusting),
      settlements: settlementSource({ ...adjusting, books }),
      commitments: commitmentSource({ world, store, config: () => sources.inForce.config }),
      exports: focusSource({
        world,
        store,
        config: () => sources.inForce.config,
        folder: join(opening.folder, "exports"),
      }),
      reconciliations: reconciliationSource({ ...adjusting, books, reports: parts.reports, bills: parts.bills.source }),
      tokens: books.tokens,
      audit: books.audit,
      backups: officeBackups(world, { folder: opening.folder, store, books, turns: parts.turns }),
      forgetAnswers: (which) => tell({ type: "forget-answers", which }),
      prices: (query) => sources.prices(query),
      status: () => sources.status(),
      metrics: async () => [...(await sources.metrics()), ...meterMetrics(parts.meters.meters)],
    },
  });
}

interface OfficeParts extends Parts {
  readonly ledger: Ledger;
  readonly sources: OfficeSources;
  readonly control: Control;
  readonly intake: OfficeIntake;
  readonly budgets: OfficeBudgets;
  /** What looks at the ledger again and again. */
  readonly lookouts: readonly { readonly start: () => void; readonly stop: () => void }[];
  readonly bills: OfficeBills;
  readonly meters: OfficeMeters;
  readonly telemetry: Telemetry;
  readonly turns: FolderTurns;
  readonly keyNews: KeyNews;
}

/** The running office: stores, loading, and the control API. */
export class Office {
  readonly #world: World;
  readonly #parts: OfficeParts;
  readonly #retention: OfficeRetention;
  readonly #packing: OfficePacking;
  #prune: Timer | undefined;
  #isStopping = false;

  constructor(world: World, parts: OfficeParts) {
    this.#world = world;
    this.#parts = parts;
    this.#retention = retentionOf(world, parts);
    this.#packing = packingOf(world, parts);
  }

  /** Listens and tells the gateway; gives one sentence when it cannot. */
  async open(): Promise<string | undefined> {
    const { config, control, books, opening, tell, budgets, lookouts, meters, telemetry } = this.#parts;
    const { clock } = this.#world;
    const where = { host: config.listen.host, port: config.listen.controlPort };
    const listening = await soon(this.#world, () => control.listen(where));
    if (!listening.ok) {
      return `The control port ${where.port} of ${where.host} cannot be used (${listening.error.detail}). Choose another with --control-port.`;
    }
    const delta = { type: "keys-replaced", origin: "books", records: await allKeys(books) } as const;
    tell({ type: "keys", delta, change: undefined });
    await budgets.start();
    await telemetry.open(config.telemetry, opening.startedAt);
    for (const lookout of lookouts) lookout.start();
    await meters.configure();
    const login = opening.wantsLogin ? (await control.issueLogin("admin")).reveal() : undefined;
    const origin = listenOrigin({ ...config.listen, host: where.host }, listening.value.port);
    tell({ type: "office-ready", control: origin, login });
    this.#prune = clock.every(PRUNE_EVERY_MS, () => books.tokens.prune(clock.now()));
    void this.#catchUp();
    return undefined;
  }

  async hear(message: Exclude<ToOffice, { type: "open" | "stop" }>): Promise<void> {
    const { sources, budgets, control, meters, telemetry, keyNews } = this.#parts;
    switch (message.type) {
      case "report":
        return sources.noteReport(message);
      case "keys-used":
        return sources.noteUses(message.uses);
      case "keys-known":
        return keyNews.known(message.change);
      case "budget-news":
        return budgets.noteNews(message.news);
      case "config":
        await sources.swap(message);
        control.renewTls(tlsIdentity(sources.inForce.config));
        await meters.configure();
        return telemetry.configure(sources.inForce.config.telemetry);
    }
  }

  /** Books what the journal holds, then closes the stores. */
  async stop(): Promise<void> {
    const { control, bills, intake, ledger, store, books, budgets, lookouts, meters, telemetry } = this.#parts;
    this.#isStopping = true;
    this.#prune?.cancel();
    for (const lookout of lookouts) lookout.stop();
    await budgets.stop();
    await this.#retention.settled();
    await control.close();
    await bills.stop();
    await meters.stop();
    await intake.close();
    await ledger.catchUpToNow();
    store.close();
    await telemetry.stop();
    await books.close();
  }

  async #catchUp(): Promise<void> {
    const { bills, meters, intake, ledger, store, sources, tell, log } = this.#parts;
    const { clock } = this.#world;
    while (!this.#isStopping) {
      const begunMs = clock.monotonicMs();
      const progress = await ledger.catchUp();
      sources.noteProblems(progress, log);
      // It ends with this, and the gateway starts it again, which opens the ledger as its last checkpoint left it.
      assert(!store.isLost, "the ledger's database answers until its disk fails");
      tell({ type: "loaded", bytes: progress.bytes - progress.bytesNotLoaded });
      await intake.afterPass(progress);
      bills.tick();
      meters.tick();
      await this.#retention.tick();
      await this.#packing.tick();
      const pauseMs = (clock.monotonicMs() - begunMs) * CATCH_UP_SHARE;
      await clock.sleep(Math.min(CATCH_UP_MS_MAX, Math.max(CATCH_UP_MS_MIN, pauseMs)));
    }
  }
}

function packingOf(world: World, { opening, sources, turns, log }: OfficeParts): OfficePacking {
  const packAfterMs = () => sources.inForce.config.journal.packAfterMs;
  return new OfficePacking({ world, folder: pathsIn(opening.folder).journal, packAfterMs, turns, log });
}

function retentionOf(
  world: World,
  { opening, store, books, sources, budgets, turns, log }: OfficeParts,
): OfficeRetention {
  return new OfficeRetention({
    world,
    folder: pathsIn(opening.folder).journal,
    store,
    books,
    settings: () => sources.inForce.config.retention,
    countedFrom: () => budgets.countedFrom(world.clock.now()),
    turns,
    log,
  });
}
