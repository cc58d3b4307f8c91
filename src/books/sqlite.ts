import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from "kysely";
import { assert, err, ok, type Result } from "#std";
import { type Disk } from "#world";

/** Why the books cannot be opened. `books-newer`: written by a later version of Tare than this one. */
export type BooksProblem =
  | { readonly type: "books-newer"; readonly path: string; readonly version: number; readonly known: number }
  | { readonly type: "books-locked"; readonly path: string }
  | { readonly type: "books-unreadable"; readonly path: string; readonly detail: string };

const BUSY_TIMEOUT_MS = 5000;
const SQLITE_BUSY = 5;

/**
 * Opens the file, made with mode 0600 when it is not there; SQLite gives its `-wal` and `-shm` files the same mode. A
 * transaction that has returned survives a loss of power (`synchronous = FULL`).
 */
export function openSqlite(disk: Disk, path: string): Result<DatabaseSync, BooksProblem> {
  const made = disk.openAppend(path);
  if (!made.ok) return err({ type: "books-unreadable", path, detail: made.error.type });
  made.value.close();
  return expectSqliteProblems(path, () => {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, defensive: true });
    try {
      database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA secure_delete = ON;`);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/** Errors of SQLite become values; everything else is a defect of ours and goes on. */
export function expectSqliteProblems<Value>(path: string, run: () => Value): Result<Value, BooksProblem> {
  try {
    return ok(run());
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    if (error.errcode === SQLITE_BUSY) return err({ type: "books-locked", path });
    return err({ type: "books-unreadable", path, detail: error.message });
  }
}

/** Kysely's SQLite dialect on `node:sqlite`, so that no native package is needed. */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare(text): SqliteStatement {
      const statement = database.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...sqlInputs(parameters)),
        run: (parameters) => statement.run(...sqlInputs(parameters)),
        iterate: (parameters) => statement.iterate(...sqlInputs(parameters)),
      };
    },
  };
  return new SqliteDialect({ database: adapted });
}

function sqlInputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    assert(
      value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint",
      "the books hold text, numbers and null",
    );
    return value;
  });
}
