import { type KeyObject } from "node:crypto";
import { type Server } from "node:net";
import { type KeyDelta, KeyDigester, KeyRing } from "#access";
import { type HttpRequest, type HttpResponse, type Listener, type TlsIdentity } from "#http";
import { AnswerCache, CacheKeys, DiskShelf, type Forgetting } from "#cache";
import { type AttemptCorrected } from "#events";
import { type ExactCounter } from "#inference";
import { type WireFormat } from "#providers";
import { Router } from "#routing";
import { type Id, type Instant, money } from "#units";
import { type World } from "#world";
import { type AnswerPin } from "./answer-pin.ts";
import { AnswerPins, type AnswerPinsOptions } from "./answer-pins.ts";
import { Call } from "./call.ts";
import { callLine } from "./call-line.ts";
import { type CallBudgets } from "./call-budgets.ts";
import { Credentials } from "./credentials.ts";
import { callDuration } from "./families.ts";
import { KnownHeads } from "./known-heads.ts";
import { KnownAsks } from "./known-asks.ts";
import { KnownModels } from "./known-models.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { LAG_EVERY_MS, LAG_IDLE_MS, LoadLimit } from "./load-limit.ts";
import { createListener } from "./listener.ts";
import { type GatewayMetrics, Metrics } from "./metrics.ts";
import { PathTable } from "./paths.ts";
import { runCall } from "./pipeline.ts";
import { RunningCalls } from "./running-calls.ts";
import { type Snapshot } from "./snapshot.ts";
import { sayRefusal } from "./steps/refuse.ts";
import { type GatewayLog } from "./gateway-log.ts";
import { type Journal, type Surroundings } from "./surroundings.ts";
import { type TracesPort } from "./traces-port.ts";
import { Upstreams } from "./upstreams.ts";
import { ValueLimit } from "./value-limit.ts";

export interface GatewayOptions {
  readonly world: World;
  readonly log: GatewayLog;
  readonly formats: readonly WireFormat[];
  readonly journal: Journal;
  readonly snapshot: Snapshot;
  /** Under which the digests of keys were made. */
  readonly pepper: KeyObject;
  readonly pins: AnswerPinsOptions;
  readonly budgets?: CallBudgets;
  readonly counter?: ExactCounter;
  readonly traces?: TracesPort;
  /** Share of the heap in use, from 0 to 1. */
  readonly heapShare?: () => number;
  /** How many threads share the bounds on memory. */
  readonly threads: number;
  readonly limits?: Partial<Limits>;
  /** Whether spans are taken on a listener of their own as well. */
  readonly hasTracesServer?: boolean;
  /** For kept answers that memory has no room for; of this thread alone. */
  readonly cacheFolder?: string;
  /** Undefined for plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
}

const NOTHING = money(0n);
/** When asked to shed, one of so many connections is closed after its next answer. */
const SHED_PART = 8;

/** The data plane of one thread: takes calls on its listeners and books every attempt in its journal. */
export class Gateway {
  readonly #around: Surroundings;
  readonly #upstreams: Upstreams;
  readonly #heapShare: () => number;
  #watch: ReturnType<World["clock"]["after"]>;
  readonly #listener: Listener;
  readonly #tracesListener: Listener | undefined;

  constructor(options: GatewayOptions) {
    const { world, formats } = options;
    const limits = { ...defaultLimits(options.threads), ...options.limits };
    this.#upstreams = new Upstreams(world.network);
    this.#around = {
      world,
      formats,
      log: options.log,
      journal: options.journal,
      snapshot: options.snapshot,
      digester: new KeyDigester(options.pepper),
      heads: new KnownHeads(),
      paths: new PathTable(formats),
      router: new Router({ fraction: () => world.chance.fraction() }),
      keys: new KeyRing(),
      cache: new AnswerCache({
        bytesMax: Math.floor(limits.cacheBytesMax / options.threads),
        shelf: shelfOf(options, Math.floor(limits.cacheDiskBytesMax / options.threads)),
      }),
      cacheKeys: new CacheKeys(options.pepper),
      asks: new KnownAsks(),
      pins: new AnswerPins(options.pins),
      models: new KnownModels(),
      budgets: options.budgets,
      counter: options.counter,
      traces: options.traces,
      limits,
      load: new LoadLimit(limits, () => world.chance.fraction()),
      metrics: new Metrics(),
      values: new ValueLimit(),
      running: new RunningCalls(),
      credentials: new Credentials(world, options.log),
      keyUses: new Map(),
      withoutStreamUsage: new Set(),
      heldBytes: 0,
      isAdmitting: true,
      isLeaving: false,
      isDraining: false,
      connectionsToShed: 0,
      upstreamOf: (provider, connectMs) => this.#upstreams.of(provider, connectMs),
    };
    this.#heapShare = options.heapShare ?? (() => 0);
    this.#watch = world.clock.after(LAG_EVERY_MS, () => this.#measureLoad());
    this.#listener = this.#listen(options.tls, this.#around.paths);
    if (options.hasTracesServer === true)
      this.#tracesListener = this.#listen(options.tls, new PathTable(formats, { isOfTraces: true }));
  }

  /** To be given to `world.network.listen`. */
  get server(): Server {
    return this.#listener.server;
  }

  /** For spans alone. */
  get tracesServer(): Server | undefined {
    return this.#tracesListener?.server;
  }

  get connections(): number {
    return this.#listeners.reduce((sum, { connections }) => sum + connections, 0);
  }

  get #listeners(): readonly Listener[] {
    return this.#tracesListener === undefined ? [this.#listener] : [this.#listener, this.#tracesListener];
  }

  /** Calls that run keep what they were dispatched with; the next call goes by the new one. */
  swap(snapshot: Snapshot): void {
    this.#around.snapshot = snapshot;
    this.#around.withoutStreamUsage.clear();
    this.#around.router.keepOnly(new Set(snapshot.table.providers.map(({ name }) => name)));
    this.#upstreams.keepOnly(new Set(snapshot.table.providers.map(({ origin }) => origin)));
  }

  /** A new certificate for connections from now on; running calls do not notice. */
  renewTls(tls: TlsIdentity): void {
    for (const listener of this.#listeners) listener.renew(tls);
  }

  applyKeys(delta: KeyDelta): void {
    this.#around.keys.apply(delta);
  }

  /** A stored answer that another thread, or an earlier life of the gateway, has seen. */
  learnPin(pin: AnswerPin): void {
    this.#around.pins.learn(pin);
  }

  /** False refuses calls with `ledger_unavailable`: the journal's backlog is over its bound. */
  admit(isAdmitting: boolean): void {
    this.#around.isAdmitting = isAdmitting;
  }

  /** Lets some clients connect again, to a thread that is less busy. */
  shed(): void {
    this.#around.connectionsToShed = Math.ceil(this.#listener.connections / SHED_PART);
  }

  /** Forgets kept answers of this thread. */
  forgetAnswers(forgetting: Forgetting): void {
    this.#around.cache.forget(forgetting);
    this.#around.asks.clear();
  }

  metrics(): GatewayMetrics {
    const { metrics, heldBytes, router, cache, world } = this.#around;
    return metrics.read({ heldBytes, targets: router.report(world.clock.monotonicMs()), cache: cache.size });
  }

  /** Somebody knows more of an attempt than its settlement said. */
  correct(event: AttemptCorrected): void {
    this.#around.journal.append(event);
    this.#around.budgets?.correct(event);
  }

  /** When each key was last used, since this was last asked. */
  takeKeyUses(): readonly { readonly id: Id<"key">; readonly at: Instant }[] {
    const uses = [...this.#around.keyUses].map(([id, at]) => ({ id, at }));
    this.#around.keyUses.clear();
    return uses;
  }

  /**
   * Goes on taking calls, says that it is not ready, and ends each connection with its next answer. Connections that were told
   * that they are kept are, for `keptMs` after their last answer, also while it drains.
   */
  leave(keptMs: number): void {
    this.#around.isLeaving = true;
    for (const listener of this.#listeners) listener.leave(keptMs);
  }

  /**
   * Takes no more connections and lets calls finish. After `withinMs` streams that still run end with their protocol's
   * error event, and everything is settled when this resolves.
   */
  async drain(withinMs: number): Promise<void> {
    const { world, running } = this.#around;
    this.#around.isDraining = true;
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()));
    const dueMs = world.clock.monotonicMs() + withinMs;
    const deadline = world.clock.after(withinMs, () => {
      for (const call of running.all()) this.#interrupt(call);
    });
    // A connection whose answer began before the drain was not told that it is the last one.
    while (running.size > 0 || (this.#isExpectant && world.clock.monotonicMs() < dueMs)) {
      this.#closeIdle();
      await world.clock.sleep(DRAIN_LOOK_MS);
    }
    deadline.cancel();
    this.#watch.cancel();
    this.#closeIdle();
    world.clock.after(LAST_BYTES_MS, () => {
      for (const listener of this.#listeners) listener.closeAll();
    });
    await closed;
    await this.#upstreams.close();
  }

  #measureLoad(): void {
    const { world, load, metrics } = this.#around;
    const nextMs = metrics.callsRunning === 0 ? LAG_IDLE_MS : LAG_EVERY_MS;
    load.measured(world.clock.monotonicMs(), this.#heapShare(), nextMs);
    this.#watch = world.clock.after(nextMs, () => this.#measureLoad());
  }

  #interrupt(call: Call): void {
    if (call.watcher !== undefined) call.watcher.interrupt("shutting_down");
    else sayRefusal(this.#around, call, { code: "shutting_down" });
  }

  get #isExpectant(): boolean {
    return this.#listeners.some(({ isExpectant }) => isExpectant);
  }

  #closeIdle(): void {
    for (const listener of this.#listeners) listener.closeIdle();
  }

  #listen(tls: TlsIdentity | undefined, paths: PathTable): Listener {
    return createListener(this.#around, {
      tls,
      paths,
      serve: (request, response) => this.#serve(request, response, paths),
    });
  }

  #serve(request: HttpRequest, response: HttpResponse, paths: PathTable): void {
    const around = this.#around;
    const { clock, chance } = around.world;
    const call = new Call({
      id: chance.id("call"),
      at: clock.now(),
      nowMs: clock.monotonicMs(),
      request,
      response,
      paths,
      nothing: NOTHING,
    });
    around.running.add(call);
    around.metrics.callsRunning += 1;
    around.metrics.callsTotal += 1;
    response.onGone = () => {
      call.isClientGone = true;
      call.watcher?.clientGone();
    };
    void this.#run(call);
  }

  async #run(call: Call): Promise<void> {
    const around = this.#around;
    try {
      await runCall(around, call);
    } catch (error) {
      // A defect of ours: this call fails, its thread's other calls go on.
      around.log("error", "call-threw", { call: call.id, detail: framesOf(error) });
      sayRefusal(around, call, { code: "internal_error" });
    } finally {
      call.recording?.abandon();
      around.heldBytes -= call.heldBytes;
      around.running.delete(call);
      around.metrics.callsRunning -= 1;
      const seconds = (around.world.clock.now() - call.at) / 1000;
      const status = call.isClientGone ? "gone" : String(call.response.statusCode);
      around.metrics.observe(seconds, callDuration, call.route ?? "(none)", status);
      const line = around.snapshot.logsCalls ? callLine(call, around.world.clock.now()) : undefined;
      if (line !== undefined) around.log("info", "call", line);
    }
  }
}

function shelfOf({ world, log, cacheFolder }: GatewayOptions, bytesMax: number): DiskShelf | undefined {
  if (cacheFolder === undefined || bytesMax === 0) return undefined;
  return new DiskShelf({
    disk: world.disk,
    chance: world.chance,
    folder: cacheFolder,
    bytesMax,
    freeBytesMin: DISK_FREE_BYTES_MIN,
    onProblem: (problem) => log("warn", "cache-disk-failed", { problem: problem.type, path: problem.path }),
  });
}

/** For the journal and the stores: a cache is the first that does without. */
const DISK_FREE_BYTES_MIN = 1024 ** 3;
const LAST_BYTES_MS = 500;
const DRAIN_LOOK_MS = 10;

/** Where it was thrown; without the message, which may quote what a client sent. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return [error.name, ...frames].join("\n");
}
