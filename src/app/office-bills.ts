import { join } from "node:path";
import { askBillRows, askBillTotals, BillImports, type BillJournal, BillMemory, type ImportReport } from "#bills";
import { bookRecurring, recurringBills } from "#bills";
import { type Books } from "#books";
import { type Config } from "#config";
import { BillImport, type BillImportPage, type BillImportQuery } from "#contract";
import { type createControl } from "#control";
import { type DuckDbStore } from "#ledger";
import { ok, type Result } from "#std";
import { instant } from "#units";
import { type World } from "#world";
import { type DemoBill } from "./demo-bill.ts";
import { importPage, readImportCursor } from "./import-page.ts";
import { type Log } from "./log.ts";

type BillSource = Parameters<typeof createControl>[0]["sources"]["bills"];

export interface OfficeBillsOptions {
  readonly world: World;
  /** The data folder. */
  readonly folder: string;
  readonly store: DuckDbStore;
  readonly books: Books;
  readonly config: () => Config;
  /** Undefined until the ledger has everything that was written before. */
  readonly journal: () => BillJournal | undefined;
  /** Resolves when everything that was written before is in the ledger. */
  readonly loaded: () => Promise<void>;
  readonly log: Log;
  /** A file that is imported at the first start, for pages that have something to show. */
  readonly sample?: ((month: string) => DemoBill) | undefined;
}

const DAY_MS = 86_400_000;
/** Of each import, once it is over: the first ones say what is wrong with a file. */
const PROBLEMS_KEPT = 100;

/** Costs from outside: the office receives the files, and writes what is new in them to its journal. */
export class OfficeBills {
  readonly #options: OfficeBillsOptions;
  readonly #imports: BillImports;
  readonly #memory: BillMemory;
  /** The configuration and the day that recurring bills were booked for last. */
  #made = "";
  #isSampled = false;

  constructor(options: OfficeBillsOptions) {
    const { world, folder, store, config, journal, loaded } = options;
    this.#options = options;
    this.#memory = new BillMemory(store);
    this.#imports = new BillImports({
      world,
      folder: join(folder, "imports"),
      memory: this.#memory,
      journal,
      rules: () => config().bills,
      loaded,
      ended: (report, who) => this.#note(report, who),
    });
  }

  get source(): BillSource {
    const { store, books, config } = this.#options;
    const imports = this.#imports;
    const told = <Problem>(result: Result<ImportReport, Problem>) =>
      result.ok ? ok(this.#withCurrency(result.value)) : result;
    return {
      imports: (query) => this.#list(query),
      import: async (id) => {
        const current = imports.get(id);
        if (current !== undefined) return this.#withCurrency(current);
        const kept = await books.billImports.get(id);
        return kept === undefined ? undefined : this.#toImport(kept.report);
      },
      begin: (given, who) => told(imports.begin(given, who)),
      add: (id, part) => told(imports.add(id, part)),
      book: (id) => told(imports.book(id)),
      totals: async (query) => ({ ...(await askBillTotals(store, query)), currency: config().currency }),
      rows: (query) => askBillRows(store, query),
    };
  }

  /** After a pass of the ledger: books what the configuration makes, when that changed or a day began. */
  tick(): void {
    const { world, config, journal } = this.#options;
    const now = world.clock.now();
    const made = `${config().revision} ${Math.floor(now / DAY_MS)}`;
    const open = journal();
    if (open === undefined || !open.writable || this.#made === made) return;
    this.#made = made;
    void this.#imports.alone(() => this.#bookRecurring(open));
    void this.#importSample();
  }

  /** As somebody would: the file in one part, then booked. One that was imported before is not again. */
  async #importSample(): Promise<void> {
    const { sample, world } = this.#options;
    if (sample === undefined || this.#isSampled) return;
    this.#isSampled = true;
    if ((await this.#list({ limit: 1 }))?.rows.length !== 0) return;
    const { name, text } = sample(new Date(world.clock.now()).toISOString().slice(0, 7));
    const begun = this.#imports.begin({ name, format: "csv", dates: "iso", whole: false }, "the demo");
    if (!begun.ok || !this.#imports.add(begun.value.id, { offset: 0, bytes: Buffer.from(text) }).ok) return;
    this.#imports.book(begun.value.id);
  }

  async #bookRecurring(journal: BillJournal): Promise<void> {
    const { world, config, loaded, log } = this.#options;
    const now = world.clock.now();
    const { bills, unrated } = recurringBills(config().bills, now);
    for (const { name, currency } of unrated) log("warn", "bill-without-rate", { name, currency });
    await loaded();
    const booked = await bookRecurring(bills, { memory: this.#memory, journal, now });
    if (booked.ok && booked.value > 0) log("info", "recurring-bills-booked", { events: booked.value });
    // The journal took none: the next pass tries again.
    if (!booked.ok) this.#made = "";
  }

  /** Resolves when the import that runs is over; those that wait end with it. */
  stop(): Promise<void> {
    return this.#imports.stop();
  }

  /** Those of this start, and before them what is kept of earlier ones. */
  async #list({ limit, cursor }: BillImportQuery): Promise<BillImportPage | undefined> {
    const after = cursor === undefined ? undefined : readImportCursor(cursor);
    if (cursor !== undefined && after === undefined) return undefined;
    const current = this.#imports.list().map((report) => this.#withCurrency(report));
    const known = new Set(current.map(({ id }) => id));
    // Of those of this start that are over, the books have the same: so many more are asked for.
    const kept = await this.#options.books.billImports.newest(limit + 1 + known.size, after);
    const earlier = kept.filter(({ id }) => !known.has(id)).map(({ report }) => this.#toImport(report));
    return importPage([...current, ...earlier], { limit, after });
  }

  #toImport(report: string): BillImport {
    return BillImport.parse(this.#withCurrency(JSON.parse(report)));
  }

  /** Books have one currency for good: reports are kept without it. */
  #withCurrency<Report extends object>(report: Report): Report & { currency: string } {
    return { ...report, currency: this.#options.config().currency };
  }

  async #note(whole: ImportReport, who: string): Promise<void> {
    const { world, books } = this.#options;
    const { id, started_at, problems, ...rest } = whole;
    const shown = { id, started_at, ...rest, problems: problems.slice(0, PROBLEMS_KEPT) };
    const begunAt = instant(Date.parse(started_at));
    await books.billImports.keep({ id, begunAt, report: JSON.stringify(shown) });
    const report = { id, started_at, ...rest };
    const change = { audit: world.chance.id("audit"), who, at: world.clock.now() };
    const after = JSON.stringify(report);
    await books.audit.add(change, {
      action: "bills-imported",
      subject: `import ${report.id}`,
      before: undefined,
      after,
    });
  }
}
