/** What keeps the entries of one history, and what a crash of the office leaves of them. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analytics } from "#analytics";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { type Batch, type LedgerStore } from "../src/ledger/ledger-store.ts";
import { NaiveStore } from "../src/ledger/naive-store.ts";
import { type BookedRow, rowOfEntry, rowOfSql, ROWS_SQL } from "./booked-row.ts";
import { type Random } from "./random.ts";

export interface Shelf {
  readonly store: LedgerStore;
  /** How many times as dear a commit is as one in arrays; so much less often it happens. */
  readonly dearness: number;
  /** The office dies: of what no checkpoint has, whole batches from the last on may be gone. */
  crash(): Promise<void>;
  rows(): Promise<readonly BookedRow[]>;
  /** What the pages show: gross nanos by team and UTC day, where they are not 0. */
  spend(): Promise<ReadonlyMap<string, bigint>>;
  close(): void;
}

const DAYS_MAX = 100;
const MEMORY_BYTES = 256 * 1024 * 1024;

/** The production store with its file: a crash leaves the file as it is, which is that of the last checkpoint. */
export class DuckDbShelf implements Shelf {
  readonly #folder: string;
  #lives = 0;
  readonly dearness = 6;
  store: DuckDbStore;

  private constructor(folder: string, store: DuckDbStore) {
    this.#folder = folder;
    this.store = store;
  }

  static async open(): Promise<DuckDbShelf> {
    const folder = mkdtempSync(join(tmpdir(), "tare-simulation-"));
    return new DuckDbShelf(folder, await openStore(pathOf(folder, 0)));
  }

  async crash(): Promise<void> {
    this.#lives += 1;
    const path = pathOf(this.#folder, this.#lives);
    copyFileSync(pathOf(this.#folder, this.#lives - 1), path);
    this.store.close();
    this.store = await openStore(path);
  }

  async rows(): Promise<readonly BookedRow[]> {
    return (await this.store.query(ROWS_SQL, [])).map(rowOfSql);
  }

  async spend(): Promise<ReadonlyMap<string, bigint>> {
    const analytics = new Analytics(this.store, { currency: "USD", bookedUntil: () => instant(0) });
    const during = { from: "2026-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z", tz: "UTC" };
    const answer = await analytics.spend({ by: ["team", "day"], ...during, filter: {}, limit: DAYS_MAX });
    if (!answer.ok) throw new Error(`the ledger does not say what was spent: ${answer.error.detail}`);
    const rows = answer.value.rows.map(({ dimensions: { team, day }, gross_nanos: nanos }) => {
      return [`${team} ${day}`, BigInt(nanos)] as const;
    });
    return new Map(rows.filter(([, nanos]) => nanos !== 0n));
  }

  close(): void {
    this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function pathOf(folder: string, life: number): string {
  return join(folder, `ledger-${life}.duckdb`);
}

async function openStore(path: string): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(path, { memoryBytes: MEMORY_BYTES, threads: 1 });
  if (!opened.ok) throw new Error(`no ledger: ${opened.error.type}`);
  return opened.value;
}

/** Batches in arrays, with the same promise; it costs nothing to open. */
export class ArrayShelf implements Shelf {
  readonly #random: Random;
  readonly dearness = 1;
  store = new BatchStore();

  constructor(random: Random) {
    this.#random = random;
  }

  async crash(): Promise<void> {
    const { batches, safe } = this.store;
    const left = batches.slice(0, this.#random.between(safe, batches.length));
    this.store = new BatchStore();
    for (const batch of left) await this.store.append(batch);
    await this.store.checkpoint();
  }

  rows(): Promise<readonly BookedRow[]> {
    return Promise.resolve(this.store.entries.map(rowOfEntry));
  }

  spend(): Promise<ReadonlyMap<string, bigint>> {
    const sums = new Map<string, bigint>();
    for (const { spender, incurredAt, nanos } of this.store.entries.map(rowOfEntry)) {
      const day = `${spender.attribution.team} ${new Date(incurredAt).toISOString().slice(0, 10)}`;
      sums.set(day, (sums.get(day) ?? 0n) + nanos);
    }
    return Promise.resolve(new Map([...sums].filter(([, nanos]) => nanos !== 0n)));
  }

  close(): void {
    this.store.close();
  }
}

class BatchStore extends NaiveStore {
  readonly batches: Batch[] = [];
  /** So many of them a checkpoint has. */
  safe = 0;

  override async append(batch: Batch): ReturnType<LedgerStore["append"]> {
    const appended = await super.append(batch);
    if (appended.ok && appended.value === "appended") this.batches.push(batch);
    return appended;
  }

  override checkpoint(): ReturnType<LedgerStore["checkpoint"]> {
    this.safe = this.batches.length;
    return super.checkpoint();
  }
}
