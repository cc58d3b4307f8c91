import { BIGINT, BOOLEAN, DOUBLE, DuckDBInstance, VARCHAR } from "@duckdb/node-api";
import { type DuckDBConnection, type DuckDBType } from "@duckdb/node-api";
import { type CallRefused } from "#events";
import { assert, err, ok, type Result } from "#std";
import { type Entry } from "./entry.ts";
import { entryColumns, refusalColumns } from "./entry-columns.ts";
import { type Batch, type BatchDraft, joinStretch, type LedgerStore, type Position } from "./ledger-store.ts";
import { type StoreCounts, type StoreProblem, type Stretch } from "./ledger-store.ts";
import { type TableDraft, TableLoader } from "./table-loader.ts";

export interface DuckDbOptions {
  /** DuckDB's own memory at most; it goes to disk for more. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Queries at a time; others wait their turn, so that pages cannot starve each other or the loading. */
  readonly queriesMax?: number;
}

export type SqlParameter = string | number | bigint | boolean;
export type SqlRow = Readonly<Record<string, unknown>>;

/** A question in SQL. Numbers come as number or bigint, as the column is; values go in as parameters only. */
export interface SqlSource {
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
}

const SCHEMA_VERSION = 1;
const QUERIES_MAX = 2;
/** Larger than the 16 MiB of DuckDB, which would stop every few batches of a long catch-up to fold its log. */
const CHECKPOINT_BYTES = 64 * 1024 * 1024;

const entryLoader = new TableLoader("entries", entryColumns);
const refusalLoader = new TableLoader("refusals", refusalColumns);

/** The embedded store: one file. `path` may be `:memory:`. Fails when the file is in use, damaged, or of another version. */
export async function openDuckDbStore(
  path: string,
  options: DuckDbOptions,
): Promise<Result<DuckDbStore, StoreProblem>> {
  const { memoryBytes, threads, queriesMax = QUERIES_MAX } = options;
  try {
    const instance = await DuckDBInstance.create(path, {
      memory_limit: `${Math.ceil(memoryBytes / 1024 / 1024)}MiB`,
      threads: `${threads}`,
      checkpoint_threshold: `${CHECKPOINT_BYTES / 1024 / 1024}MiB`,
      // Our rows need no order of their own, and keeping it would buffer whole results.
      preserve_insertion_order: "false",
    });
    const writer = await instance.connect();
    const version = await prepareTables(writer);
    if (version !== SCHEMA_VERSION) {
      instance.closeSync();
      return err({
        type: "store-failed",
        detail: `written in schema ${version}, this program reads ${SCHEMA_VERSION}`,
      });
    }
    await entryLoader.prepare(writer);
    await refusalLoader.prepare(writer);
    const readers = await Promise.all(Array.from({ length: queriesMax }, () => instance.connect()));
    return ok(new DuckDbStore(instance, { writer, readers }));
  } catch (thrown) {
    return err(failed(thrown));
  }
}

async function prepareTables(connection: DuckDBConnection): Promise<number> {
  const tables = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'versions'",
  );
  if (tables.currentRowCount === 0) {
    await connection.run("BEGIN TRANSACTION");
    await connection.run(entryLoader.createTable());
    await connection.run(refusalLoader.createTable());
    await connection.run(
      "CREATE TABLE positions (segment VARCHAR PRIMARY KEY, loaded_to BIGINT, is_done BOOLEAN, corrupted BIGINT)",
    );
    await connection.run(`CREATE TABLE versions AS SELECT ${SCHEMA_VERSION} AS version`);
    await connection.run("COMMIT");
  }
  const [row] = (await connection.runAndReadAll("SELECT version FROM versions")).getRowObjectsJS();
  return Number(row?.["version"]);
}

interface Draft {
  readonly stretches: readonly Stretch[];
  readonly entries: TableDraft<Entry>;
  readonly refusals: TableDraft<CallRefused>;
  /** Attempts whose corrections are in it. */
  readonly corrected: readonly string[];
}

function fillDraft(
  draft: Draft & { readonly corrected: string[] },
  { entries, refusals }: Pick<Batch, "entries" | "refusals">,
): void {
  entryLoader.fill(draft.entries, entries);
  refusalLoader.fill(draft.refusals, refusals);
  for (const { state, attempt } of entries) if (state === "correction") draft.corrected.push(attempt);
}

export class DuckDbStore implements LedgerStore, SqlSource {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];

  constructor(
    instance: DuckDBInstance,
    connections: { readonly writer: DuckDBConnection; readonly readers: readonly DuckDBConnection[] },
  ) {
    this.#instance = instance;
    this.#writer = connections.writer;
    this.#idle = [...connections.readers];
  }

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    const connection = this.#idle.pop() ?? (await this.#nextIdle());
    try {
      return (await connection.runAndReadAll(sql, [...parameters], parameters.map(typeOf))).getRowObjectsJS();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else next(connection);
    }
  }

  #nextIdle(): Promise<DuckDBConnection> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
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
      "SELECT (SELECT count(*) FROM entries) AS entries, (SELECT count(*) FROM refusals) AS refusals",
      [],
    );
    return { entries: Number(row?.["entries"]), refusals: Number(row?.["refusals"]) };
  }

  append(batch: Batch): Promise<Result<"appended" | "already", StoreProblem>> {
    const draft = this.#newDraft();
    fillDraft(draft, batch);
    return this.#commit({ ...draft, stretches: batch.stretches });
  }

  draft(): BatchDraft {
    const draft = this.#newDraft();
    let rows = 0;
    return {
      get rows() {
        return rows;
      },
      get isEmpty() {
        return draft.stretches.length === 0;
      },
      add(piece) {
        joinStretch(draft.stretches, piece.stretch);
        fillDraft(draft, piece);
        rows += piece.entries.length + piece.refusals.length;
      },
      append: () => this.#commit(draft),
    };
  }

  #newDraft() {
    return {
      stretches: new Array<Stretch>(),
      entries: entryLoader.draft(),
      refusals: refusalLoader.draft(),
      corrected: new Array<string>(),
    };
  }

  async #commit(draft: Draft): Promise<Result<"appended" | "already", StoreProblem>> {
    try {
      await this.#writer.run("BEGIN TRANSACTION");
      const place = await this.#place(draft);
      if (place !== "next") {
        await this.#writer.run("ROLLBACK");
        return place === "already" ? ok("already") : err(place);
      }
      await entryLoader.load(this.#writer, draft.entries);
      await refusalLoader.load(this.#writer, draft.refusals);
      await this.#dropLaterCorrections(draft);
      for (const { segment, to, isDone, corrupted } of draft.stretches)
        await this.#writer.run("INSERT OR REPLACE INTO positions VALUES ($1, $2, $3, $4)", [
          segment,
          BigInt(to),
          isDone,
          BigInt(corrupted),
        ]);
      await this.#writer.run("COMMIT");
      return ok("appended");
    } catch (thrown) {
      await this.#writer.run("ROLLBACK").catch(() => undefined);
      return err(failed(thrown));
    }
  }

  /** Stretches commit together, so either all of a batch are in or none. */
  async #place({ stretches }: Draft): Promise<"next" | "already" | StoreProblem> {
    let loaded = 0;
    let wrong: StoreProblem | undefined;
    for (const { segment, from, to } of stretches) {
      const read = await this.#writer.runAndReadAll(
        "SELECT loaded_to FROM positions WHERE segment = $1",
        [segment],
        [VARCHAR],
      );
      const expected = Number(read.getRowObjectsJS()[0]?.["loaded_to"] ?? 0);
      if (expected >= to) loaded += 1;
      else if (expected !== from) wrong ??= { type: "not-next", segment, expected, from };
    }
    if (loaded === stretches.length) return "already";
    assert(loaded === 0 || wrong !== undefined, "stretches of one batch are committed together");
    return wrong ?? "next";
  }

  async #dropLaterCorrections({ corrected }: Draft): Promise<void> {
    if (corrected.length === 0) return;
    const places = corrected.map((_, index) => `$${index + 1}`).join(", ");
    await this.#writer.run(
      `DELETE FROM entries WHERE rowid IN (
         SELECT rowid FROM (
           SELECT rowid, row_number() OVER (
             PARTITION BY attempt ORDER BY booked_at, nanos, in_doubt_nanos, usage, components, model, status
           ) AS place
           FROM entries WHERE state = 'correction' AND attempt IN (${places})
         ) WHERE place > 1)`,
      [...corrected],
    );
  }

  close(): void {
    assert(this.#waiting.length === 0, "a store is closed when nobody asks it any more");
    for (const connection of [...this.#idle, this.#writer]) connection.closeSync();
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

function failed(thrown: unknown): StoreProblem {
  return { type: "store-failed", detail: thrown instanceof Error ? thrown.message : String(thrown) };
}
