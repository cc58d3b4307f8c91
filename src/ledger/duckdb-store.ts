import { BIGINT, BOOLEAN, DOUBLE, VARCHAR } from "@duckdb/node-api";
import { type DuckDBConnection, type DuckDBInstance, type DuckDBType } from "@duckdb/node-api";
import { assert, err, ok, type Result } from "#std";
import { csvToParquet, failed } from "./csv-to-parquet.ts";
import {
  attachFile,
  beginRowGroups,
  createInstance,
  createTables,
  dropTables,
  type InstanceOptions,
  makeReadyToLoad,
} from "./duckdb-schema.ts";
import { readSegments, readVersion, SCHEMA_VERSION, useFile, wordColumns } from "./duckdb-schema.ts";
import { attempted, commitOn, rollBackOn } from "./end-transaction.ts";
import { restoreReported } from "./kept-rows.ts";
import { wordCode } from "./known-words.ts";
import { type Batch, type BatchDraft, joinStretch, type LedgerStore, type Position } from "./ledger-store.ts";
import { type StoreCounts, type StoreProblem } from "./ledger-store.ts";
import { LoadedPositions } from "./loaded-positions.ts";
import { askAtOneMoment } from "./one-moment.ts";
import { QueryThreads } from "./query-threads.ts";
import { Readers } from "./readers.ts";
import { readRows, type SqlRow } from "./read-rows.ts";
import { countRetired, deleteRetired, type Retirement } from "./retire-rows.ts";
import { OpenStretches, type Seen, type Sums } from "./rolled-rows.ts";
import { type SqlParameter, type SqlSource } from "./sql-source.ts";
import { StoreDraft } from "./store-draft.ts";
import { StoreSpares } from "./store-spares.ts";
import { WORD_TYPE } from "./table-loader.ts";
import { WordBook } from "./word-book.ts";

export interface DuckDbOptions extends InstanceOptions {
  /** Queries at a time; others wait their turn, so that pages cannot starve each other or the loading. */
  readonly queriesMax?: number;
  /**
   * Whether the journal still has these segments: then a ledger of another version is emptied, to be loaded again. One
   * that cannot be made again is not opened.
   */
  readonly hasSegments?: (names: readonly string[]) => boolean;
  /** Whether the disk has room for a checkpoint. While it has not, rows stay in memory, as they do between checkpoints. */
  readonly hasRoom?: () => boolean;
}

const QUERIES_MAX = 2;
/**
 * Rows in memory that the file does not have yet, 60 to 130 MB: what a crash of the office costs is a few seconds. One whole row
 * group of DuckDB: it makes the rest of a second one anew with the rows of the next checkpoint, a fifth more work for each.
 */
const CHECKPOINT_ROWS = 122_880;
/** So many of them may wait for an export or a backup to end; then all wait for it. */
const WAITING_ROWS_MAX = 1_000_000;

/** The embedded store: one file. `path` may be `:memory:`. Fails when the file is in use, damaged, or of another version. */
export async function openDuckDbStore(
  path: string,
  options: DuckDbOptions,
): Promise<Result<DuckDbStore, StoreProblem>> {
  const { queriesMax = QUERIES_MAX } = options;
  let instance: DuckDBInstance | undefined;
  try {
    instance = await createInstance(options, path);
    const writer = await instance.connect();
    await attachFile(writer, path);
    await useFile(writer);
    makeReadyToLoad(writer);
    const prepared = await prepareTables(writer, options);
    if (!prepared.ok) {
      instance.closeSync();
      return prepared;
    }
    await beginRowGroups(writer);
    const readers: DuckDBConnection[] = [];
    while (readers.length < queriesMax) readers.push(await useFile(await instance.connect()));
    const words = await WordBook.open(writer);
    const open = await OpenStretches.read(writer);
    const loaded = await LoadedPositions.read(writer);
    const { hasRoom = () => true } = options;
    const threads = new QueryThreads(await instance.connect(), options.threads);
    const parts = { writer, threads, readers, words, open, loaded, rebuiltFrom: prepared.value, hasRoom };
    return ok(new DuckDbStore(instance, parts));
  } catch (thrown) {
    instance?.closeSync();
    return err(failed(thrown));
  }
}

/** Gives the version of the ledger that was emptied, if one was. */
async function prepareTables(
  connection: DuckDBConnection,
  { hasSegments }: DuckDbOptions,
): Promise<Result<number | undefined, StoreProblem>> {
  const version = await readVersion(connection);
  if (version === SCHEMA_VERSION) return ok(undefined);
  if (version !== undefined) {
    if (hasSegments?.(await readSegments(connection)) !== true) return err({ type: "other-version", version });
    await dropTables(connection);
  }
  await createTables(connection);
  await connection.run("CHECKPOINT ledger");
  return ok(version);
}

interface StoreParts {
  readonly writer: DuckDBConnection;
  readonly threads: QueryThreads;
  readonly readers: readonly DuckDBConnection[];
  readonly words: WordBook;
  readonly open: OpenStretches;
  readonly loaded: LoadedPositions;
  readonly rebuiltFrom: number | undefined;
  readonly hasRoom: () => boolean;
}

export class DuckDbStore implements LedgerStore, SqlSource {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #threads: QueryThreads;
  readonly #readers: Readers;
  readonly #words: WordBook;
  readonly #open: OpenStretches;
  readonly #loaded: LoadedPositions;
  readonly #hasRoom: () => boolean;
  readonly #spares = new StoreSpares();
  #rowsInMemory = 0;
  #isCommitting = false;
  /** In a database of its own, so that no page waits for it. */
  readonly writeParquet = csvToParquet;
  /** A commit, a rollback or a checkpoint failed, after which DuckDB answers nothing any more: the store has to be opened again. */
  isLost = false;
  /** The version of the ledger that stood here and was emptied because it was another; undefined when none was. */
  readonly rebuiltFrom: number | undefined;

  constructor(
    instance: DuckDBInstance,
    { writer, threads, readers, words, open, loaded, rebuiltFrom, hasRoom }: StoreParts,
  ) {
    this.#instance = instance;
    this.#writer = writer;
    this.#threads = threads;
    this.#readers = new Readers(readers, threads);
    this.#words = words;
    this.#open = open;
    this.#loaded = loaded;
    this.rebuiltFrom = rebuiltFrom;
    this.#hasRoom = hasRoom;
  }

  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return this.#readers.run((connection) => this.#queryOn(connection, sql, parameters));
  }

  async #queryOn(connection: DuckDBConnection, sql: string, parameters: readonly SqlParameter[]) {
    const read = await connection.runAndReadAll(sql, [...parameters], parameters.map(typeOf));
    const types = read.columnTypes();
    const coded = read.columnNames().filter((_, index) => types[index]?.typeId === WORD_TYPE.typeId);
    const rows = read.getRowObjectsJS();
    await restoreReported(connection, rows);
    return this.#spell(connection, coded, rows);
  }

  atOneMoment<Value>(ask: (source: SqlSource) => Promise<Value>): Promise<Value> {
    return this.#readers.run((connection) => {
      const query: SqlSource["query"] = (sql, parameters) => this.#queryOn(connection, sql, parameters);
      const codesOf: SqlSource["codesOf"] = (words) => this.#words.codesOf(connection, words);
      return askAtOneMoment(connection, { query, codesOf }, ask);
    });
  }

  /** Writes an answer to a new file of Parquet, with codes as they are: for answers of millions of rows. */
  writeAnswer(sql: string, path: string): Promise<void> {
    return this.#readers.runLong(async (connection) => {
      await connection.run(`COPY (${sql}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
    });
  }

  codesOf(words: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#readers.run((connection) => this.#words.codesOf(connection, words));
  }

  sums(): readonly Sums[] {
    return this.#open.sums;
  }

  seen(): Seen {
    return this.#open.seen;
  }

  /** Puts words in the place of their codes. */
  async #spell(
    connection: DuckDBConnection,
    columns: readonly string[],
    rows: Record<string, unknown>[],
  ): Promise<readonly SqlRow[]> {
    const codes = new Set<number>();
    for (const row of rows) for (const name of columns) if (row[name] !== null) codes.add(Number(row[name]));
    if (codes.size === 0) return rows;
    const words = await this.#words.wordsOf(connection, codes);
    for (const row of rows) {
      for (const name of columns) {
        if (row[name] === null) continue;
        const word = words.get(Number(row[name]));
        assert(word !== undefined, "every code in a row is that of a word");
        row[name] = word;
      }
    }
    return rows;
  }

  async positions(): Promise<readonly Position[]> {
    const rows = await this.query("SELECT segment, loaded_to, is_done, corrupted FROM positions ORDER BY segment", []);
    return rows.map((row) => ({
      segment: String(row["segment"]),
      to: Number(row["loaded_to"]),
      isDone: row["is_done"] === true,
      corrupted: Number(row["corrupted"]),
    }));
  }

  async counts(): Promise<StoreCounts> {
    const [row] = await this.query(
      "SELECT (SELECT count(*) FROM entry_rows) AS entries, (SELECT count(*) FROM refusal_rows) AS refusals",
      [],
    );
    return { entries: Number(row?.["entries"]), refusals: Number(row?.["refusals"]) };
  }

  append(batch: Batch): Promise<Result<"appended" | "already", StoreProblem>> {
    const draft = this.#newDraft();
    draft.add(batch);
    draft.stretches.push(...batch.stretches);
    return this.#commit(draft);
  }

  draft(): BatchDraft {
    const draft = this.#newDraft();
    return {
      get rows() {
        return draft.rows;
      },
      get isEmpty() {
        return draft.stretches.length === 0;
      },
      add(piece) {
        joinStretch(draft.stretches, piece.stretch);
        draft.add(piece);
      },
      append: () => this.#commit(draft),
    };
  }

  #newDraft(): StoreDraft {
    return new StoreDraft(this.#words.draft(), this.#spares);
  }

  async #commit(draft: StoreDraft): Promise<Result<"appended" | "already", StoreProblem>> {
    this.#isCommitting = true;
    try {
      const place = this.#loaded.placeOf(draft.stretches);
      if (place !== "next") return place === "already" ? ok("already") : err(place);
      await this.#threads.load();
      await this.#writer.run("BEGIN TRANSACTION");
      const { unresolved } = draft.words;
      const resolved = unresolved.length === 0 ? undefined : await this.#words.resolve(this.#writer, unresolved);
      const codes = resolved?.codes ?? new Int32Array();
      await draft.load(this.#writer, codes);
      const dropped = await this.#dropLaterCorrections(draft);
      const keepOpen = await this.#open.open(this.#writer, [...draft.quarters, ...dropped]);
      const keepPositions = await this.#loaded.write(this.#writer, draft.stretches);
      await commitOn(this.#writer, this);
      resolved?.keep();
      keepPositions();
      keepOpen();
      this.#rowsInMemory += draft.rows;
      // As many rows as these have room still.
      if (this.#rowsInMemory + draft.rows <= CHECKPOINT_ROWS) return ok("appended");
      const kept = await this.checkpoint();
      return kept.ok ? ok("appended") : kept;
    } catch (thrown) {
      await rollBackOn(this.#writer, this);
      return err(failed(thrown));
    } finally {
      this.#isCommitting = false;
      draft.giveBack();
    }
  }

  /** Nothing is done while the disk has no room, or an export is written: rows stay in memory until the next one. */
  async checkpoint(): Promise<Result<void, StoreProblem>> {
    if (!this.#hasRoom()) return ok(undefined);
    if (this.#readers.hasLong && this.#rowsInMemory < WAITING_ROWS_MAX) return ok(undefined);
    return this.#checkpointAlone();
  }

  /** DuckDB takes none beside a question: "Cannot CHECKPOINT: there are other write transactions active". */
  async #checkpointAlone(before?: () => Promise<void>): Promise<Result<void, StoreProblem>> {
    try {
      await this.#open.close(this.#writer);
      await this.#readers.alone(async () => {
        await this.#threads.load();
        await before?.();
        await this.#writer.run("CHECKPOINT ledger");
      });
      this.#rowsInMemory = 0;
      return ok(undefined);
    } catch (thrown) {
      this.isLost = true;
      return err(failed(thrown));
    }
  }

  /**
   * Deletes what is past its time, with the words that only it had, and durably so when this gives the number of rows;
   * undefined when the disk has no room for that, and nothing was deleted then. Not beside an append or a draft.
   */
  async retire(what: Retirement): Promise<Result<number | undefined, StoreProblem>> {
    if (!this.#hasRoom()) return ok(undefined);
    const counted = await attempted(() => countRetired(this.#writer, what));
    if (!counted.ok) return counted;
    try {
      if (counted.value === 0 && what.segments.length === 0) return ok(0);
      await this.#writer.run("BEGIN TRANSACTION");
      const keepOpen = await this.#open.open(this.#writer, await deleteRetired(this.#writer, what));
      const forgetPositions = await this.#loaded.forget(this.#writer, what.segments);
      await commitOn(this.#writer, this);
      keepOpen();
      forgetPositions();
      // Sums of what is gone hold its words.
      await this.#open.close(this.#writer);
      await this.#words.listUnused(this.#writer, wordColumns);
      const kept = await this.#checkpointAlone(() => this.#words.forgetListed(this.#writer));
      return kept.ok ? counted : kept;
    } catch (thrown) {
      await rollBackOn(this.#writer, this);
      return err(failed(thrown));
    }
  }

  /** Writes all that was appended by now into a new file, in one transaction; questions and loading go on meanwhile. */
  copyTo(path: string): Promise<Result<void, StoreProblem>> {
    return this.#readers.runLong(async (connection) => {
      try {
        await connection.run(`ATTACH '${path.replaceAll("'", "''")}' AS copy (RECOVERY_MODE no_wal_writes)`);
        try {
          await connection.run("COPY FROM DATABASE ledger TO copy");
        } finally {
          await connection.run("DETACH copy");
        }
        return ok(undefined);
      } catch (thrown) {
        return err(failed(thrown));
      }
    });
  }

  /** Gives the quarter hours of what was dropped. */
  async #dropLaterCorrections({ corrected }: StoreDraft): Promise<readonly number[]> {
    if (corrected.length === 0) return [];
    const places = corrected.map((_, index) => `$${index + 1}`).join(", ");
    const later = await readRows(
      this.#writer,
      `SELECT id, quarter FROM (
         SELECT entry_rows.rowid AS id, quarter, row_number() OVER (
           PARTITION BY attempt ORDER BY booked_at, nanos, in_doubt_nanos, detail, word, status
         ) AS place
         FROM entry_rows JOIN words ON code = model
         WHERE state = ${wordCode("correction")} AND attempt IN (${places})
       ) WHERE place > 1`,
      { values: [...corrected] },
    );
    if (later.length === 0) return [];
    await this.#writer.run(`DELETE FROM entry_rows WHERE rowid IN (${later.map(({ id }) => String(id)).join(", ")})`);
    return later.map((row) => Number(row["quarter"]));
  }

  close(): void {
    assert(
      !this.#readers.isAsked && !this.#isCommitting,
      "a store is closed when nobody asks it and nothing is loaded",
    );
    this.#readers.close();
    this.#threads.close();
    this.#writer.closeSync();
    this.#instance.closeSync();
  }
}

function typeOf(value: SqlParameter): DuckDBType {
  switch (typeof value) {
    case "bigint":
      return BIGINT;
    case "number":
      return DOUBLE;
    case "boolean":
      return BOOLEAN;
    default:
      return VARCHAR;
  }
}
