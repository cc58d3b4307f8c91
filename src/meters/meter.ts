/** One fleet as it is measured: its exporters are scraped again and again, and what they say is summed up by interval. */
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { addIntervals, decodeInterval, emptyInterval, encodeInterval, type Interval } from "./interval.ts";
import { type ExporterSettings, type MeterSettings } from "./meters-config.ts";
import { type ExporterKind } from "./reading.ts";
import { Scraper } from "./scrape.ts";
import { decodeWatch, encodeWatch, look, startWatch, sumBySlot, type Watch } from "./watch.ts";

/** Where what is measured is kept; all of one note is kept together, or none of it. */
export interface MeterBooks {
  /** What was noted last, by exporter. */
  watches(meter: string): Promise<ReadonlyMap<string, string>>;
  /** The interval that begins then. */
  interval(meter: string, from: Instant): Promise<string | undefined>;
  note(meter: string, noted: MeterNote): Promise<void>;
}

export interface MeterNote {
  /** Of every exporter of the configuration; those of others are forgotten. */
  readonly watches: ReadonlyMap<string, string>;
  readonly intervals: readonly { readonly from: Instant; readonly to: Instant; readonly text: string }[];
}

export interface ExporterStanding {
  readonly url: string;
  readonly kinds: readonly ExporterKind[];
  readonly gpus: number;
  readonly answeredAt: Instant | undefined;
  /** Why the last scrape gave no reading. */
  readonly problem: string | undefined;
}

interface Exporter {
  readonly settings: ExporterSettings;
  readonly scraper: Scraper;
  watch: Watch;
  kinds: readonly ExporterKind[];
  problem: string | undefined;
}

export class Meter {
  readonly settings: MeterSettings;
  readonly #world: World;
  readonly #books: MeterBooks;
  #exporters: readonly Exporter[] = [];
  #isClosed = false;
  #scraping: Promise<void> | undefined;
  #sum: Interval = emptyInterval(instant(0), instant(0));

  constructor(world: World, { settings, books }: { readonly settings: MeterSettings; readonly books: MeterBooks }) {
    this.settings = settings;
    this.#world = world;
    this.#books = books;
  }

  /** Goes on where the books say that it was. */
  async open(): Promise<void> {
    const kept = await this.#books.watches(this.settings.name);
    const now = this.#world.clock.now();
    this.#exporters = this.settings.exporters.map((settings) => {
      const text = kept.get(settings.url);
      const scraper = new Scraper(this.#world, { settings, everyMs: this.settings.everyMs });
      const watch = text === undefined ? startWatch(now) : decodeWatch(text);
      return { settings, scraper, watch, kinds: [], problem: undefined };
    });
  }

  /** Resolves when nothing is written down any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#exporters.map(({ scraper }) => scraper.close()));
    await this.#scraping;
  }

  /** Asks every exporter once, and writes down what is new before it returns. One that runs already is all there is. */
  async scrape(): Promise<void> {
    this.#scraping ??= this.#scrapeAll().finally(() => (this.#scraping = undefined));
    await this.#scraping;
  }

  async #scrapeAll(): Promise<void> {
    const seen = await Promise.all(this.#exporters.map((exporter) => this.#scrapeOne(exporter)));
    // The scrapes that closing broke off are no news of the exporters.
    if (this.#isClosed) return;
    const all = sumBySlot(seen.flatMap(({ added }) => added));
    const intervals: Interval[] = [];
    for (const added of all) {
      const text = await this.#books.interval(this.settings.name, added.from);
      const before = text === undefined ? emptyInterval(added.from, added.to) : decodeInterval(text);
      intervals.push(addIntervals(before, added));
    }
    await this.#books.note(this.settings.name, {
      watches: new Map(seen.map(({ exporter, watch }) => [exporter.settings.url, encodeWatch(watch)])),
      intervals: intervals.map((interval) => ({
        from: interval.from,
        to: interval.to,
        text: encodeInterval(interval),
      })),
    });
    for (const { exporter, watch } of seen) exporter.watch = watch;
    this.#sum = all.reduce(addIntervals, this.#sum);
  }

  /** All that was measured since it was opened. */
  get sinceStart(): Interval {
    return this.#sum;
  }

  /** Everything before is measured; undefined before the first scrape. */
  get measuredUntil(): Instant | undefined {
    const untils = this.#exporters.map(({ watch }) => watch.until);
    return untils.length === 0 ? undefined : instant(Math.min(...untils));
  }

  get exporters(): readonly ExporterStanding[] {
    return this.#exporters.map(({ settings, watch, kinds, problem }) => ({
      url: settings.shown,
      kinds,
      gpus: Math.max(watch.gpus.size, settings.gpus ?? 0),
      answeredAt: watch.answeredAt,
      problem,
    }));
  }

  async #scrapeOne(exporter: Exporter) {
    const { everyMs, bookedMs } = this.settings;
    const result = await exporter.scraper.scrape();
    const reading = result.ok ? result.value : undefined;
    if (!this.#isClosed) {
      exporter.kinds = reading?.kinds ?? exporter.kinds;
      exporter.problem = result.ok ? undefined : result.error;
    }
    const { watch, intervals } = look(
      exporter.watch,
      { at: this.#world.clock.now(), reading, isScrape: true },
      { everyMs, bookedMs, gpus: exporter.settings.gpus },
    );
    return { exporter, watch, added: intervals };
  }
}
