import { type DuckDBConnection } from "@duckdb/node-api";
import { type CallRefused } from "#events";
import { entryLoader, keptLoader, outcomeLoader, refusalLoader } from "./duckdb-schema.ts";
import { quarterOf } from "./entry-columns.ts";
import { type Entry } from "./entry.ts";
import { type KeptRows } from "./kept-rows.ts";
import { BillsDraft } from "./load-bills.ts";
import { keptRowsOf } from "./make-bill-entry.ts";
import { type Batch, type Stretch } from "./ledger-store.ts";
import { type OutcomeRow } from "./outcome-row.ts";
import { type StoreSpares } from "./store-spares.ts";
import { type TableDraft } from "./table-loader.ts";
import { type DraftWords } from "./word-book.ts";

/** Rows of all tables on their way into the store, held in DuckDB's memory until their batch is committed. */
export class StoreDraft {
  readonly stretches: Stretch[] = [];
  readonly words: DraftWords;
  /** Attempts whose corrections are in it. */
  readonly corrected: string[] = [];
  readonly #entries: TableDraft<Entry>;
  readonly #refusals: TableDraft<CallRefused>;
  readonly #outcomes: TableDraft<OutcomeRow>;
  readonly #bills: BillsDraft;
  readonly #kept: TableDraft<KeptRows>;
  readonly #quarters = new Set<number>();
  #latestQuarter: number | undefined;
  #rows = 0;

  constructor(words: DraftWords, { chunks, entries, refusals, outcomes, kinds, kept }: StoreSpares) {
    this.words = words;
    this.#entries = entryLoader.draft(words, { chunks, buffers: entries });
    this.#refusals = refusalLoader.draft(words, { chunks, buffers: refusals });
    this.#outcomes = outcomeLoader.draft(words, { chunks, buffers: outcomes });
    this.#bills = new BillsDraft(words, { chunks, buffers: kinds });
    this.#kept = keptLoader.draft(words, { chunks, buffers: kept });
  }

  get rows(): number {
    return this.#rows;
  }

  /** Of its entries. */
  get quarters(): ReadonlySet<number> {
    return this.#quarters.union(this.#bills.quarters);
  }

  add({ entries, refusals, outcomes = [], bills = [] }: Omit<Batch, "stretches">): void {
    this.#entries.add(entries);
    for (const entry of entries) {
      this.#touch(quarterOf(entry.incurredAt));
      if (entry.state === "correction") this.corrected.push(entry.attempt);
    }
    this.#refusals.add(refusals);
    this.#outcomes.add(outcomes);
    for (const booked of bills) {
      this.#bills.add(booked);
      this.#kept.add([keptRowsOf(booked)]);
      this.#rows += booked.columns.bill.length;
    }
    this.#rows += entries.length + refusals.length + outcomes.length;
  }

  /** Most entries are of the quarter of the one before them. */
  #touch(quarter: number): void {
    if (quarter !== this.#latestQuarter) this.#quarters.add(quarter);
    this.#latestQuarter = quarter;
  }

  /** Inside the transaction that the connection is in. `codes` are those of the words that had none. */
  async load(connection: DuckDBConnection, codes: Int32Array): Promise<void> {
    await entryLoader.load(connection, this.#entries, codes);
    await refusalLoader.load(connection, this.#refusals, codes);
    await outcomeLoader.load(connection, this.#outcomes, codes);
    await this.#bills.load(connection, codes);
    await keptLoader.load(connection, this.#kept, codes);
  }

  /** When it was loaded, or never will be. */
  giveBack(): void {
    this.#entries.giveBack();
    this.#refusals.giveBack();
    this.#outcomes.giveBack();
    this.#bills.giveBack();
    this.#kept.giveBack();
  }
}
