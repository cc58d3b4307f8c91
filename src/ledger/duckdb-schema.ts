import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type CallRefused } from "#events";
import { type Entry } from "./entry.ts";
import { entryColumns, keptColumns, outcomeColumns, refusalColumns } from "./entry-columns.ts";
import { type KeptRows } from "./kept-rows.ts";
import { LoadedPositions } from "./loaded-positions.ts";
import { kindLoader } from "./load-bills.ts";
import { type OutcomeRow } from "./outcome-row.ts";
import { readRows } from "./read-rows.ts";
import { createRolledTables, rolledWords } from "./rolled-rows.ts";
import { createSeenTables } from "./seen-ids.ts";
import { TableLoader } from "./table-loader.ts";
import { WordBook } from "./word-book.ts";

/** Raised with every change of a column, of what stands in one, or of the known words: a ledger of another version is made again. */
export const SCHEMA_VERSION = 11;

export const entryLoader = new TableLoader<Entry>("entry_rows", entryColumns);
export const refusalLoader = new TableLoader<CallRefused>("refusal_rows", refusalColumns);
export const outcomeLoader = new TableLoader<OutcomeRow>("outcome_rows", outcomeColumns);
export const keptLoader = new TableLoader<KeptRows>("kept_rows", keptColumns);

/** The connection that loads rows, before its first transaction. */
export function makeReadyToLoad(connection: DuckDBConnection): void {
  for (const loader of [entryLoader, refusalLoader, outcomeLoader, kindLoader, keptLoader])
    loader.makeReady(connection);
}

/** Wherever a code stands for a word. */
export const wordColumns = [
  ...[entryLoader, refusalLoader, outcomeLoader, keptLoader].flatMap((loader) => loader.wordColumns),
  ...rolledWords,
];

export interface InstanceOptions {
  readonly memoryBytes: number;
  readonly threads: number;
}

/** DuckDB with one file attached; `path` may be `:memory:`. */
export function createInstance({ memoryBytes, threads }: InstanceOptions, path: string): Promise<DuckDBInstance> {
  return DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.ceil(memoryBytes / 1024 / 1024)}MiB`,
    threads: `${threads}`,
    // What memory cannot hold goes beside the file, which is where there is room for it.
    ...(path === ":memory:" ? {} : { temp_directory: `${path}.tmp` }),
    // Our rows need no order of their own, and keeping it would buffer whole results.
    preserve_insertion_order: "false",
    // The store says when. DuckDB would make its last row group anew every 16 MiB, in the middle of a commit: half as much
    // work again for each row.
    wal_autocheckpoint: "1TiB",
  });
}

/**
 * The journal is the log of the ledger, so DuckDB keeps none of its own, which would cost as much as all the rest of a
 * commit: the file is that of the last checkpoint, whole, and what was committed after it is loaded again.
 */
export async function attachFile(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(`ATTACH '${path.replaceAll("'", "''")}' AS ledger (RECOVERY_MODE no_wal_writes)`);
}

export async function useFile(connection: DuckDBConnection): Promise<DuckDBConnection> {
  await connection.run("USE ledger");
  return connection;
}

/** The version that the file was written in; undefined when it is new. */
export async function readVersion(connection: DuckDBConnection): Promise<number | undefined> {
  const tables = await readRows(
    connection,
    "SELECT 1 FROM information_schema.tables WHERE table_catalog = 'ledger' AND table_name = 'versions'",
  );
  if (tables.length === 0) return undefined;
  const [row] = await readRows(connection, "SELECT version FROM versions");
  return Number(row?.["version"]);
}

/** Segments of which an earlier version loaded rows: that table has been the same in all of them. */
export async function readSegments(connection: DuckDBConnection): Promise<readonly string[]> {
  return (await readRows(connection, "SELECT segment FROM positions")).map((row) => String(row["segment"]));
}

export async function createTables(connection: DuckDBConnection): Promise<void> {
  await connection.run("BEGIN TRANSACTION");
  await connection.run(WordBook.createTable());
  await WordBook.writeKnown(connection);
  for (const sql of [
    ...entryLoader.createTables("entries"),
    ...refusalLoader.createTables("refusals"),
    ...outcomeLoader.createTables("outcomes"),
    ...keptLoader.createTables("kept"),
    ...createRolledTables(),
    ...createSeenTables(),
  ])
    await connection.run(sql);
  await connection.run(LoadedPositions.createTable());
  await connection.run(`CREATE TABLE versions AS SELECT ${SCHEMA_VERSION} AS version`);
  await connection.run("COMMIT");
}

/**
 * DuckDB takes what comes first into an empty table as a row group of its own, and with the next checkpoint makes all rows anew to
 * be rid of it: that took as long as all the rest of the checkpoint. A row that is gone again keeps it from that.
 */
export async function beginRowGroups(connection: DuckDBConnection): Promise<void> {
  for (const { table } of [entryLoader, refusalLoader, outcomeLoader]) {
    const [row] = await readRows(connection, `SELECT count(*) AS rows FROM ${table}`);
    if (Number(row?.["rows"]) > 0) continue;
    await connection.run(`INSERT INTO ${table} DEFAULT VALUES`);
    await connection.run(`DELETE FROM ${table}`);
  }
}

/** Leaves the file empty, whatever version it was of. */
export async function dropTables(connection: DuckDBConnection): Promise<void> {
  const found = await readRows(
    connection,
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'ledger' ORDER BY table_type DESC",
  );
  await connection.run("BEGIN TRANSACTION");
  for (const row of found)
    await connection.run(`DROP ${row["table_type"] === "VIEW" ? "VIEW" : "TABLE"} "${String(row["table_name"])}"`);
  await connection.run("COMMIT");
}
