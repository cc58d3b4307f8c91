import { createHash } from "node:crypto";
import { askBillTotals, BillMemory, type BillJournal, bookNamed } from "#bills";
import { type Books } from "#books";
import { type MeterPage, type MeterQuery } from "#contract";
import { type Config } from "#config";
import { type DuckDbStore } from "#ledger";
import { billsOf, decodeInterval, Meter, meterBillIds, type MeterSettings, reportMeter } from "#meters";
import { type Instant, instant, type Money, money } from "#units";
import { type Clock, type World } from "#world";
import { type Log } from "./log.ts";

export interface OfficeMetersOptions {
  /** Its network lets through the origins of the exporters, and no others. */
  readonly world: World;
  readonly store: DuckDbStore;
  readonly books: Books;
  readonly config: () => Pick<Config, "meters" | "currency" | "retention">;
  /** Undefined until the ledger has everything that was written before. */
  readonly journal: () => BillJournal | undefined;
  /** Resolves when everything that was written before is in the ledger. */
  readonly loaded: () => Promise<void>;
  readonly log: Log;
}

interface Running {
  readonly meter: Meter;
  readonly written: string;
  readonly timer: ReturnType<Clock["every"]>;
}

const DAY_MS = 86_400_000;
const BOOKED_AT_ONCE = 500;

/** Fleets of GPUs: scraped again and again, their time booked interval by interval. */
export class OfficeMeters {
  readonly #options: OfficeMetersOptions;
  readonly #memory: BillMemory;
  #running: readonly Running[] = [];
  /** What each meter was booked up to, and by which prices. */
  readonly #bookedUpTo = new Map<string, string>();
  #booking: Promise<void> | undefined;
  #configuring: Promise<void> = Promise.resolve();

  constructor(options: OfficeMetersOptions) {
    this.#options = options;
    this.#memory = new BillMemory(options.store);
  }

  /** Those of the configuration in force; meters that it has as before run on. */
  configure(): Promise<void> {
    // One after the other: two at once would both begin what is new.
    this.#configuring = this.#configuring.then(() => this.#configure());
    return this.#configuring;
  }

  async #configure(): Promise<void> {
    const { world, books, config } = this.#options;
    const { meters } = config();
    world.network.allow(meters.flatMap(({ exporters }) => exporters.map(({ origin }) => origin)));
    const before = new Map(this.#running.map((each) => [each.meter.settings.name, each]));
    const running: Running[] = [];
    for (const settings of meters) {
      const written = textOf(settings);
      const same = before.get(settings.name);
      if (same !== undefined && isSame(same.meter.settings, settings)) {
        before.delete(settings.name);
        running.push(same);
      } else {
        await this.#end(same);
        before.delete(settings.name);
        running.push(await this.#begin(settings, written));
      }
    }
    this.#running = running;
    for (const gone of before.values()) await this.#end(gone);
    await books.meters.keepOnly(meters.map(({ name }) => name));
  }

  /** After a pass of the ledger: books the intervals that are over. */
  tick(): void {
    const journal = this.#options.journal();
    if (journal === undefined || !journal.writable || this.#booking !== undefined) return;
    const due = this.#running.filter(
      ({ meter, written }) => this.#bookedUpTo.get(meter.settings.name) !== standOf(meter, written),
    );
    if (due.length === 0) return;
    this.#booking = this.#book(due, journal).finally(() => (this.#booking = undefined));
  }

  /** Resolves when what runs of it is over. */
  async booked(): Promise<void> {
    await this.#booking;
  }

  async stop(): Promise<void> {
    await this.#configuring;
    for (const running of this.#running) await this.#end(running);
    this.#running = [];
    await this.booked();
  }

  get meters(): readonly Meter[] {
    return this.#running.map(({ meter }) => meter);
  }

  async read({ from, to }: MeterQuery): Promise<MeterPage> {
    const { world, books, config } = this.#options;
    const end = instant(to === undefined ? world.clock.now() : Date.parse(to));
    const start = instant(from === undefined ? end - DAY_MS : Date.parse(from));
    const rows: MeterPage["rows"] = [];
    for (const meter of this.meters) {
      const stored = await books.meters.intervals(meter.settings.name, { from: start, to: end });
      rows.push(
        reportMeter(meter.settings, {
          intervals: stored.map(({ measured }) => decodeInterval(measured)),
          until: meter.measuredUntil,
          exporters: meter.exporters,
          spanMs: end - start,
          billed: await this.#billed(meter.settings, { from: start, to: end }),
        }),
      );
    }
    return { rows, from: new Date(start).toISOString(), to: new Date(end).toISOString(), currency: config().currency };
  }

  async #billed(
    { bill }: MeterSettings,
    span: { readonly from: Instant; readonly to: Instant },
  ): Promise<Money | undefined> {
    if (bill === undefined) return undefined;
    const [from, to] = [new Date(span.from).toISOString(), new Date(span.to).toISOString()];
    const { total } = await askBillTotals(this.#options.store, { by: ["provider"], ...bill, from, to });
    return money(BigInt(total.nanos));
  }

  async #begin(settings: MeterSettings, written: string): Promise<Running> {
    const { world, books, log } = this.#options;
    const meter = new Meter(world, { settings, books: books.meters });
    await meter.open();
    let problems = "";
    const scrape = async () => {
      await meter.scrape();
      const said = meter.exporters.flatMap(({ url, problem }) => (problem === undefined ? [] : [`${url} ${problem}`]));
      const told = said.join("; ");
      if (told !== "" && told !== problems) log("warn", "scrape-missed", { meter: settings.name, problem: told });
      problems = told;
    };
    void scrape();
    return { meter, written, timer: world.clock.every(settings.everyMs, scrape) };
  }

  async #end(running: Running | undefined): Promise<void> {
    running?.timer.cancel();
    await running?.meter.close();
  }

  async #book(due: readonly Running[], journal: BillJournal): Promise<void> {
    const { log, books } = this.#options;
    for (const { meter, written } of due) {
      const { name } = meter.settings;
      const stand = standOf(meter, written);
      // Rates that are others than before may be so for the past as well: all is looked at once.
      const isWhole = (await books.settings.get(`meter-booked:${name}`)) !== written;
      await this.#retire(name);
      const booked = await this.#bookMeter(meter, { journal, isWhole });
      if (booked === undefined) continue;
      if (isWhole) await books.settings.set(`meter-booked:${name}`, written);
      this.#bookedUpTo.set(name, stand);
      if (booked > 0) log("info", "meter-booked", { meter: name, events: booked });
    }
  }

  /** What the ledger keeps no longer must not be booked anew when a rate changes. */
  async #retire(meter: string): Promise<void> {
    const { books, config, world } = this.#options;
    const { ledgerMs } = config().retention;
    if (ledgerMs !== undefined) await books.meters.retire(meter, instant(world.clock.now() - ledgerMs));
  }

  /** Undefined when the journal took not all: the next pass tries again. */
  async #bookMeter(
    meter: Meter,
    { journal, isWhole }: { readonly journal: BillJournal; readonly isWhole: boolean },
  ): Promise<number | undefined> {
    const { books, world, loaded } = this.#options;
    const { settings, measuredUntil: until } = meter;
    if (until === undefined) return 0;
    const stored = await books.meters.intervals(settings.name, { from: instant(0), to: until, isUnbooked: !isWhole });
    const over = stored.filter(({ to }) => to <= until);
    const made = over.map(({ from, measured, booked }) => {
      const bills = billsOf(settings, decodeInterval(measured));
      return { from, bills, booked, mark: digest(bills.map(({ content }) => content).join("\n")) };
    });
    const changed = made.filter(({ booked, mark }) => booked !== mark);
    let events = 0;
    for (let at = 0; at < changed.length; at += BOOKED_AT_ONCE) {
      const some = changed.slice(at, at + BOOKED_AT_ONCE);
      await loaded();
      const bills = some.flatMap((each) => each.bills);
      const named = some.flatMap(({ from }) => meterBillIds(settings.name, from));
      const booked = await bookNamed(bills, { named, memory: this.#memory, journal, now: world.clock.now() });
      if (!booked.ok) return undefined;
      events += booked.value;
      // What is killed before this is found in the ledger, and not booked again.
      await books.meters.markBooked(
        settings.name,
        some.map(({ from, mark }) => ({ from, booked: mark })),
      );
    }
    return events;
  }
}

/** What there is to book changes when an interval ends, or with what the configuration says of the meter. */
function standOf({ measuredUntil = instant(0), settings }: Meter, written: string): string {
  return `${Math.floor(measuredUntil / settings.bookedMs)}\n${written}`;
}

function isSame(before: MeterSettings, now: MeterSettings): boolean {
  const [old, fresh] = [before, now].map(({ exporters }) => exporters.map((each) => each.authorization?.reveal()));
  return textOf(before) === textOf(now) && old?.every((secret, place) => secret === fresh?.[place]) === true;
}

/** Secrets do not print, so it is the same whatever they are. */
function textOf(settings: MeterSettings): string {
  return digest(JSON.stringify(settings, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)));
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
