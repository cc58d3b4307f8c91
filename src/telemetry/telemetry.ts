import { type Entry } from "#ledger";
import { type Instant } from "#units";
import { type World } from "#world";
import { Exporter, type ExporterCounts, type ExporterOptions } from "./exporter.ts";
import { type Seller } from "./seller.ts";
import { readSentUntil, SentEntries, type SentUntil, writeSentUntil } from "./sent-until.ts";
import { type TelemetrySettings } from "./telemetry-config.ts";

/** A text that outlives the process. */
export interface LastingMark {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

export interface TelemetryOptions {
  readonly world: World;
  readonly version: string;
  /** Tells this machine's metrics from those of others. */
  readonly instance: string;
  readonly sellerOf: (provider: string) => Seller;
  /** Says what is out of our hands. */
  readonly mark: LastingMark;
  readonly log: ExporterOptions["log"];
}

/** Undefined counts nothing: it is off. */
export type TelemetryState = ExporterCounts & { readonly origin: string };

const MARK_EVERY_MS = 10_000;

/** Off until configured, and then as configured last. */
export class Telemetry {
  readonly #options: TelemetryOptions;
  #exporter: Exporter | undefined;
  #settings: TelemetrySettings | undefined;
  #entries = new SentEntries();
  #markedAt = 0;
  #marking: Promise<void> = Promise.resolve();

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  /** At the office's start. `startedAt`: of the whole product, for a first time without a mark. */
  async open(settings: TelemetrySettings | undefined, startedAt: Instant): Promise<void> {
    if (settings === undefined) return;
    const kept = await this.#options.mark.read();
    const sent = kept === undefined ? undefined : readSentUntil(kept);
    this.#begin(settings, sent ?? { until: startedAt, later: new Set() });
  }

  /** From now on this way; nothing happens where it is the way already. What waits is sent the old way first. */
  async configure(settings: TelemetrySettings | undefined): Promise<void> {
    const { world } = this.#options;
    if (textOf(settings) === textOf(this.#settings)) return;
    await this.stop();
    if (settings === undefined) world.network.allow([]);
    else this.#begin(settings, { until: world.clock.now(), later: new Set() });
  }

  /** Entries on their way into the ledger. */
  note(entries: readonly Entry[]): void {
    if (this.#exporter === undefined) return;
    this.#exporter.note(entries);
    this.#entries.note(entries, this.#options.world.clock.now());
  }

  /** A pass of the ledger is over: what was noted is in its store for good, or comes again. */
  passed(pass: { readonly isKept: boolean; readonly bookedUntil: Instant }): void {
    if (this.#exporter === undefined) return;
    this.#exporter.passed(pass);
    this.#entries.passed(pass);
    if (!pass.isKept) return;
    const now = this.#options.world.clock.now();
    if (now - this.#markedAt < MARK_EVERY_MS) return;
    this.#markedAt = now;
    this.#mark();
  }

  state(): TelemetryState | undefined {
    if (this.#exporter === undefined || this.#settings === undefined) return undefined;
    return { origin: this.#settings.origin, ...this.#exporter.counts() };
  }

  async stop(): Promise<void> {
    await this.#exporter?.stop();
    this.#exporter = undefined;
    this.#settings = undefined;
    this.#mark();
    this.#entries = new SentEntries();
    await this.#marking;
  }

  #begin(settings: TelemetrySettings, since: SentUntil): void {
    const { world, version, instance, sellerOf, log } = this.#options;
    const resource = {
      "service.name": settings.serviceName,
      "service.version": version,
      "service.instance.id": instance,
    };
    this.#exporter = new Exporter({ world, settings, source: { resource, version }, sellerOf, since, log });
    this.#settings = settings;
    this.#exporter.start();
  }

  /** One after the other, so that the last that was written is the newest. */
  #mark(): void {
    const { sent } = this.#entries;
    if (sent === undefined) return;
    this.#marking = this.#marking.then(() => this.#options.mark.write(writeSentUntil(sent)));
  }
}

/** Secrets in clear, to be compared and not kept. */
function textOf(settings: TelemetrySettings | undefined): string | undefined {
  const headers = settings?.headers.map(({ name, value }) => [name, value.reveal()]);
  return settings && JSON.stringify({ ...settings, headers });
}
