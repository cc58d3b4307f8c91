import { type Entry } from "#ledger";
import { assert } from "#std";
import { type Instant } from "#units";
import { type Clock, type World } from "#world";
import { CallSpans } from "./call-spans.ts";
import { Collector, type Delivery } from "./collector.ts";
import { protobuf } from "./encode-protobuf.ts";
import { json } from "./encode-json.ts";
import { type Encoding } from "./encoding.ts";
import { Instruments } from "./instruments.ts";
import { type Source } from "./outgoing.ts";
import { type Seller } from "./seller.ts";
import { type SentUntil } from "./sent-until.ts";
import { SpanQueue } from "./span-queue.ts";
import { type TelemetrySettings } from "./telemetry-config.ts";

export interface ExporterOptions {
  readonly world: World;
  readonly settings: TelemetrySettings;
  readonly source: Source;
  readonly sellerOf: (provider: string) => Seller;
  /** What was booked before is not sent: it was sent before, or nobody had asked for it. */
  readonly since: SentUntil;
  readonly log: (level: "warn", event: string, facts: Readonly<Record<string, string>>) => void;
}

/** Since the exporter began. */
export interface ExporterCounts {
  readonly spansWaiting: number;
  readonly spansSent: number;
  /** No room, given up on, or refused as a whole. */
  readonly spansDropped: number;
  /** Not taken by the collector though it took others of the same batch. */
  readonly spansRejected: number;
  readonly metricExports: number;
  readonly metricExportsFailed: number;
  /** Of the last export; undefined when it was taken. */
  readonly problem: string | undefined;
}

/** About 12,000 spans: the calls of a minute at 100 a second, or of ten seconds at 600. */
export const QUEUE_BYTES_MAX = 16 * 1024 * 1024;
export const BATCH_SPANS_MAX = 512;
const BATCH_BYTES_MAX = 1024 * 1024;
const TURN_MS = 1_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 30_000;
/** A batch that could not be delivered for so long makes room. */
export const GIVEN_UP_AFTER_MS = 300_000;
const STOP_WITHIN_MS = 3_000;
assert(BATCH_BYTES_MAX <= QUEUE_BYTES_MAX, "a batch fits into the queue");

interface Batch {
  readonly spans: readonly Buffer[];
  readonly firstTriedAt: Instant;
  readonly delayMs: number;
}

/** Entries to one collector: spans in batches as they come, metrics at their time. Whoever calls it never waits for it. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #encoding: Encoding;
  readonly #collector: Collector;
  readonly #spans: CallSpans;
  readonly #startedAt: Instant;
  /** Read, but not yet in the ledger's store: where that fails, they are read again. */
  readonly #unkept: { readonly queue: SpanQueue; readonly instruments: Instruments };
  readonly #queue = new SpanQueue({ bytesMax: QUEUE_BYTES_MAX });
  readonly #instruments: Instruments;
  readonly #counts = { sent: 0, dropped: 0, rejected: 0, exports: 0, failed: 0 };
  #batch: Batch | undefined;
  #retryAt = 0;
  #problem: string | undefined;
  #timers: ReturnType<Clock["every"]>[] = [];
  #sending: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ExporterOptions) {
    const { world, settings, sellerOf } = options;
    this.#options = options;
    this.#encoding = settings.protocol === "http/json" ? json : protobuf();
    this.#collector = new Collector(world, { settings, encoding: this.#encoding });
    this.#spans = new CallSpans({ sellerOf, sample: settings.sample });
    this.#instruments = new Instruments(sellerOf);
    this.#unkept = { queue: new SpanQueue({ bytesMax: QUEUE_BYTES_MAX }), instruments: new Instruments(sellerOf) };
    this.#startedAt = world.clock.now();
  }

  start(): void {
    const { world, settings } = this.#options;
    const { clock } = world;
    if (settings.traces) this.#timers.push(clock.every(TURN_MS, () => this.#during(this.#sendSpans())));
    if (settings.metrics)
      this.#timers.push(clock.every(settings.metricsEveryMs, () => this.#during(this.#sendMetrics())));
  }

  counts(): ExporterCounts {
    const { sent, dropped, rejected, exports, failed } = this.#counts;
    return {
      spansWaiting: this.#queue.length + (this.#batch?.spans.length ?? 0),
      spansSent: sent,
      spansDropped: dropped,
      spansRejected: rejected,
      metricExports: exports,
      metricExportsFailed: failed,
      problem: this.#problem,
    };
  }

  /** Entries on their way into the ledger. */
  note(entries: readonly Entry[]): void {
    const { since, settings } = this.#options;
    for (const entry of entries) {
      // Steps and bills did not pass through the gateway.
      if (entry.number < 1 || entry.bookedAt <= since.until || since.later.has(entry.id)) continue;
      if (settings.metrics) this.#unkept.instruments.note(entry);
      if (settings.traces) this.#noteSpans(entry);
    }
  }

  #noteSpans(entry: Entry): void {
    const { queue } = this.#unkept;
    // Also beyond the room: later attempts of a call build on what is known of the earlier ones.
    for (const span of this.#spans.of(entry)) {
      if (queue.isFull || this.#queue.isFull) this.#counts.dropped += 1;
      else queue.put(this.#encoding.span(span));
    }
  }

  /** What was noted since the last time is in the ledger's store, or will be noted again. */
  passed({ isKept }: { readonly isKept: boolean }): void {
    const { queue, instruments } = this.#unkept;
    if (isKept) {
      this.#counts.dropped += this.#queue.take(queue);
      this.#instruments.take(instruments);
      return;
    }
    queue.takeBatch({ spansMax: Infinity, bytesMax: Infinity });
    instruments.clear();
    this.#spans.forget();
  }

  /** Sends what waits, each batch once, and leaves the rest after three seconds: a collector holds up no end. */
  async stop(): Promise<void> {
    const { clock } = this.#options.world;
    for (const timer of this.#timers) timer.cancel();
    const end = clock.after(STOP_WITHIN_MS, () => void this.#close());
    await this.#sending;
    await this.#sendLast();
    end.cancel();
    await this.#close();
  }

  async #sendLast(): Promise<void> {
    const { settings } = this.#options;
    this.#retryAt = 0;
    if (settings.metrics && !this.#isClosed) await this.#sendMetrics();
    this.#problem = undefined;
    while (this.#problem === undefined && !this.#isClosed && this.counts().spansWaiting > 0) await this.#sendBatch();
    this.#counts.dropped += this.counts().spansWaiting;
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#collector.close();
  }

  async #during(sending: Promise<void>): Promise<void> {
    const before = this.#sending;
    this.#sending = Promise.all([before, sending]).then(() => undefined);
    await sending;
  }

  /** Everything that waits, one batch after the other, until one is not taken. */
  async #sendSpans(): Promise<void> {
    const { clock } = this.#options.world;
    while (!this.#isClosed && clock.now() >= this.#retryAt && this.counts().spansWaiting > 0) await this.#sendBatch();
  }

  async #sendBatch(): Promise<void> {
    const { world, source } = this.#options;
    const limits = { spansMax: BATCH_SPANS_MAX, bytesMax: BATCH_BYTES_MAX };
    this.#batch ??= {
      spans: this.#queue.takeBatch(limits),
      firstTriedAt: world.clock.now(),
      delayMs: RETRY_FIRST_MS,
    };
    const { spans } = this.#batch;
    const delivery = await this.#collector.send("traces", this.#encoding.traces(spans, source));
    this.#noteProblem("traces", delivery);
    if (delivery.type === "again") return this.#waitWith(this.#batch, delivery);
    const rejected = delivery.type === "never" ? 0 : Math.min(delivery.rejected, spans.length);
    if (delivery.type === "never") this.#counts.dropped += spans.length;
    else this.#counts.sent += spans.length - rejected;
    this.#counts.rejected += rejected;
    this.#batch = undefined;
  }

  /** Half of the delay is by chance: many gateways do not come back to one collector at the same moment. */
  #waitWith(batch: Batch, { retryAfterMs }: Extract<Delivery, { type: "again" }>): void {
    const { clock, chance } = this.#options.world;
    const now = clock.now();
    this.#retryAt = now + (retryAfterMs ?? batch.delayMs * (0.5 + chance.fraction() / 2));
    if (now - batch.firstTriedAt < GIVEN_UP_AFTER_MS) {
      this.#batch = { ...batch, delayMs: Math.min(RETRY_MOST_MS, batch.delayMs * 2) };
      return;
    }
    this.#counts.dropped += batch.spans.length;
    this.#batch = undefined;
  }

  /** Not tried again: the next export says all that this one would have. */
  async #sendMetrics(): Promise<void> {
    const { world, source } = this.#options;
    const metrics = this.#instruments.metrics();
    if (metrics.length === 0) return;
    const window = { startMs: this.#startedAt, nowMs: world.clock.now() };
    const delivery = await this.#collector.send("metrics", this.#encoding.metrics(metrics, { source, window }));
    this.#noteProblem("metrics", delivery);
    if (delivery.type === "delivered" && delivery.rejected === 0) this.#counts.exports += 1;
    else this.#counts.failed += 1;
  }

  /** Logged when it changes, not at every try. */
  #noteProblem(signal: string, delivery: Delivery): void {
    const problem = delivery.type === "delivered" ? undefined : `${signal}: ${delivery.problem}`;
    if (problem !== undefined && problem !== this.#problem)
      this.#options.log("warn", "telemetry-not-sent", { collector: this.#options.settings.origin, problem });
    this.#problem = problem;
  }
}
