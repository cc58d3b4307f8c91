/**
 * A database of its own for one import: the file is read into it, matched there with what is booked, and gone when the
 * import is over. DuckDB works beside the main thread and keeps on disk what its memory does not hold.
 */
import * as crypto from "node:crypto";
import { join } from "node:path";
import { type DuckDBConnection, type DuckDBInstance } from "@duckdb/node-api";
import { err, ok, type Result } from "#std";
import { type Id } from "#units";
import { type Disk } from "#world";
import { DECIMAL_PATTERN } from "./exact-decimal.ts";
import {
  decidingColumns,
  identityColumns,
  moneyColumns,
  providerColumns,
  scopeColumns,
  timeColumns,
} from "./focus-columns.ts";
import { type DateStyle, instantSql } from "./instant-sql.ts";
import { ALL_NEW_SQL, ALL_PLACED_SQL, ALL_SINGLE_SQL, BILL_SQL, MATCH_SQL, standingSql } from "./match-sql.ts";
import { type Piece } from "./piece-file.ts";
import { RecordReader } from "./record-reader.ts";
import { billId, fieldsSql, rowSql, SEPARATOR, type StagedRow, stagedRowOf, stagedRows } from "./staged-rows.ts";

const MEMORY = "256MiB";
/**
 * A query whose work another thread does looks for more of it again and again, and takes a core for that. So each does its
 * own, and a CSV file is read by several, each of a piece. A file of Parquet is one piece.
 */
const THREADS = { csv: "1", parquet: "2" } as const;
const READERS = 2;
/** Each reader holds some of them: of DuckDB's own 32 MiB, they would take most of the memory. */
const BUFFER_BYTES = 8 * 1024 * 1024;
/** Each range is a query of its own, and reads little else. */
const ROWS_AT_ONCE = 16_384;
/** Booked in one turn. */
const ROWS_GIVEN = 2048;

export interface FileToRead {
  /** One where it is Parquet. */
  readonly pieces: readonly Piece[];
  readonly format: "csv" | "parquet";
  /** Of a CSV; a Parquet file names its own. */
  readonly columns: readonly string[] | undefined;
  readonly dates: DateStyle;
  /** What the amounts of a file without BillingCurrency are in. */
  readonly currency: string | undefined;
}

export interface BadRow {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

export interface Gone {
  readonly bill: Id<"bill">;
  readonly corrections: number;
}

const BAD_ROWS_TOLD = 1000;

/** Ends the name of the folder for what memory does not hold. */
const SPILLED = ".tmp";

/** DuckDB could not go on: no memory, no room on the disk. Leaves an import in one step. */
export class StageError extends Error {}

export class BillStage {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Each reads one piece at a time. */
  readonly #readers: readonly DuckDBConnection[];
  #names: readonly string[] = [];
  /** Where the records of a CSV file stand. */
  #records: RecordReader | undefined;
  /** SQL for its rows: line, begins, bytes, c0, c1 … */
  #file = "";
  /** How rows were keyed so far, and of how many pieces. */
  #keyed = { by: "", pieces: 0 };

  private constructor(
    disk: Disk,
    path: string,
    opened: { readonly instance: DuckDBInstance; readonly readers: readonly [DuckDBConnection, ...DuckDBConnection[]] },
  ) {
    this.#disk = disk;
    this.#path = path;
    this.#instance = opened.instance;
    this.#readers = opened.readers;
    this.#connection = opened.readers[0];
  }

  /** In memory; what that does not hold stands beside `path`. */
  static async make(disk: Disk, path: string, format: FileToRead["format"]): Promise<BillStage> {
    // Every process that reads a configuration loads this room; the database is for those that import.
    const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
    removeStanding(disk, path);
    return asked(
      (async () => {
        const instance = await Instance.create(":memory:", {
          memory_limit: MEMORY,
          threads: THREADS[format],
          temp_directory: `${path}${SPILLED}`,
        });
        const connect = async () => {
          const connection = await instance.connect();
          await connection.run("SET TimeZone = 'UTC'");
          return connection;
        };
        const others = Array.from({ length: READERS - 1 }, connect);
        return new BillStage(disk, path, { instance, readers: [await connect(), ...(await Promise.all(others))] });
      })(),
    );
  }

  /** When nothing is asked of it any more. */
  close(): void {
    for (const reader of this.#readers) reader.closeSync();
    this.#instance.closeSync();
    removeStanding(this.#disk, this.#path);
  }

  /** The columns of the file, or why it cannot be read. */
  async open({ pieces, format, columns }: FileToRead): Promise<Result<readonly string[], string>> {
    return readable(async () => {
      if (format === "csv") {
        this.#names = columns ?? [];
        this.#file = csvSql(pieces, this.#names);
        this.#records = new RecordReader(this.#disk, pieces);
      } else {
        const path = pieces[0]?.path ?? "";
        const found = await this.#rows(
          `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${quoted(path)}))`,
        );
        this.#names = found.map(([name]) => String(name));
        this.#file = parquetSql(
          path,
          found.map(([name, type]) => ({ name: String(name), type: String(type) })),
        );
      }
      return this.#names;
    });
  }

  /**
   * Reads those of the pieces that were not read before for what is compared of every row that can be: its scope, who it is,
   * and what it says. Only that is kept, with the amount and where the row stands in the file. By other rules than before,
   * all are read again.
   */
  async key({ pieces, format, ...how }: FileToRead & { readonly rules: object }): Promise<Result<void, string>> {
    const by = this.#keySql(how);
    if (this.#keyed.by !== by) this.#keyed = { by, pieces: 0 };
    const fresh = pieces.slice(this.#keyed.pieces);
    if (fresh.length === 0) return ok(undefined);
    const sources = format === "csv" ? fresh.map((piece) => csvSql([piece], this.#names)) : [this.#file];
    const read = await readable(async () => {
      if (this.#keyed.pieces === 0)
        await this.#run(`CREATE OR REPLACE TABLE keyed AS ${by} FROM ${sources[0]} LIMIT 0`);
      await this.#inTurn(sources.map((source) => `INSERT INTO keyed ${by} FROM ${source}`));
    });
    this.#keyed = read.ok ? { by, pieces: pieces.length } : { by: "", pieces: 0 };
    return read;
  }

  /** Each reader takes the next one when it has done one; all have ended when this does, also where one fails. */
  async #inTurn(statements: readonly string[]): Promise<void> {
    const waiting = statements.values();
    const ended = await Promise.allSettled(
      this.#readers.map(async (reader) => {
        for (const sql of waiting) await asked(reader.run(sql));
      }),
    );
    for (const each of ended) if (each.status === "rejected") throw each.reason;
  }

  #keySql({ dates, currency, rules }: Pick<FileToRead, "dates" | "currency"> & { readonly rules: object }): string {
    const column = (name: string) => this.#column(name);
    const time = (name: string) => instantSql(column(name), dates);
    const part = (name: string) => ({
      name,
      sql: timeColumns.has(name) ? `(${time(name)})::VARCHAR` : column(name),
    });
    const provider = { name: "provider", sql: `coalesce(${providerColumns.map(column).join(", ")})` };
    const decimals = moneyColumns.map(
      (name) => `coalesce(regexp_full_match(${column(name)}, '${DECIMAL_PATTERN}'), ${name !== "BilledCost"})`,
    );
    const isGood = [...decimals, ...(currency === undefined ? [`${column("BillingCurrency")} IS NOT NULL`] : [])];
    const said = this.#names
      .map((name, index) => ({ name, index }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, index }) => ({ name, sql: `c${index}` }));
    const ruled = crypto.hash("md5", JSON.stringify([rules, currency ?? ""]));
    return `SELECT line, begins, bytes, ${column("BilledCost")} AS billed_cost, ${time("ChargePeriodStart")} AS start_ms,
        substr(${digest(scopeColumns.map(part), "focus")}, 1, 12) AS scope,
        ${digest([provider, ...identityColumns.map(part)])}::UUID AS identity,
        ${digest(said, ruled)}::UUID AS content, md5(json_array(${decidingColumns.map(column).join(", ")})::VARCHAR)::UUID AS kind,
        start_ms IS NOT NULL AND coalesce(${isGood.join(" AND ")}, false) AS is_good`;
  }

  async counts(): Promise<{ readonly rows: number; readonly bad: number }> {
    const [row = []] = await this.#rows("SELECT count(*), count(*) FILTER (NOT is_good) FROM keyed");
    return { rows: Number(row[0]), bad: Number(row[1]) };
  }

  /** The first rows that cannot be booked as they stand. */
  async bad(): Promise<readonly BadRow[]> {
    const columns = this.#names.map((_, index) => `c${index}`);
    const rows = await this.#rows(
      `SELECT ${["line", ...columns].join(", ")} FROM ${this.#file}
       JOIN (SELECT line FROM keyed WHERE NOT is_good ORDER BY line LIMIT ${BAD_ROWS_TOLD}) USING (line)`,
    );
    return rows.map(([line, ...values]) => ({ line: Number(line), values: named(this.#names, values) }));
  }

  async scopes(): Promise<readonly string[]> {
    return (await this.#rows("SELECT DISTINCT scope FROM keyed ORDER BY scope")).map(([scope]) => String(scope));
  }

  /** Where `match` looks for the bills that stand, or stood and were taken back: Parquet with columns attempt and content. */
  get standing(): string {
    return `${this.#path}.parquet`;
  }

  /** Equal rows and bills first, then those of one identity one by one; what is left is new, or gone. */
  async match(): Promise<{ readonly unchanged: number; readonly gone: number }> {
    await this.#run(standingSql(`read_parquet(${quoted(this.standing)})`));
    const [[standing] = []] = await this.#rows("SELECT count(*) FROM standing");
    await (Number(standing) === 0 ? this.#placeNew() : this.#run(MATCH_SQL));
    const [row = []] = await this.#rows(
      `SELECT (SELECT count(*) FROM keyed WHERE is_good) - (SELECT count(*) FROM todo), (SELECT count(*) FROM gone)`,
    );
    return { unchanged: Number(row[0]), gone: Number(row[1]) };
  }

  async #placeNew(): Promise<void> {
    await this.#run(ALL_NEW_SQL);
    const [[twins] = []] = await this.#rows("SELECT count(*) FROM twins");
    await this.#run(Number(twins) === 0 ? ALL_SINGLE_SQL : ALL_PLACED_SQL);
  }

  /** Rows that are not booked as they stand, some at a time. */
  todo(): AsyncIterable<readonly StagedRow[]> {
    const records = this.#records;
    return records === undefined ? this.#todoOfParquet() : this.#todoOfCsv(records);
  }

  /** What a row says stands in its record. The next rows are made ready while those before are booked. */
  async *#todoOfCsv(records: RecordReader): AsyncIterable<readonly StagedRow[]> {
    const [[places] = []] = await this.#rows("SELECT coalesce(max(place) + 1, 0) FROM todo");
    const fields = fieldsSql(["begins", "bytes"]);
    const read = (from: number) =>
      this.#rows(`SELECT ${fields} FROM todo WHERE place >= ${from} AND place < ${from + ROWS_AT_ONCE}`);
    let next = read(0);
    try {
      for (let from = 0; from < Number(places); from += ROWS_AT_ONCE) {
        const [row = []] = await next;
        next = read(from + ROWS_AT_ONCE);
        const rows = stagedRows(row, (begins, bytes) => records.read(Number(begins), Number(bytes)));
        for (let at = 0; at < rows.length; at += ROWS_GIVEN) yield rows.slice(at, at + ROWS_GIVEN);
      }
    } finally {
      // Also when nobody wants them any more: the database is closed only when it has answered.
      await next.catch(() => undefined);
    }
  }

  /** A file of Parquet is read once more for what its rows say. */
  async *#todoOfParquet(): AsyncIterable<readonly StagedRow[]> {
    const said = `json_array(${this.#names.map((_, index) => `c${index}`).join(", ")})::VARCHAR`;
    const result = await asked(
      this.#connection.stream(
        `SELECT ${rowSql([said])} FROM (SELECT * EXCLUDE (begins, bytes) FROM ${this.#file}) JOIN todo USING (line)`,
      ),
    );
    for (const chunks = result.yieldRowsJs(); ;) {
      const next = await asked(chunks.next());
      if (next.done === true) return;
      yield next.value.map(stagedRowOf);
    }
  }

  /** Bills that stand for what the file is about and are not in it. */
  async gone(): Promise<readonly Gone[]> {
    const rows = await this.#rows(`SELECT ${BILL_SQL}, corrections FROM gone`);
    return rows.map(([bill, corrections]) => ({ bill: billId(bill), corrections: Number(corrections) }));
  }

  /** A file without the column has NULL in it. */
  #column(name: string): string {
    const index = this.#names.indexOf(name);
    return index < 0 ? "NULL::VARCHAR" : `c${index}`;
  }

  async #run(sql: string): Promise<void> {
    await asked(this.#connection.run(sql));
  }

  async #rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await asked(this.#connection.runAndReadAll(sql))).getRowsJS();
  }
}

function named(names: readonly string[], values: readonly unknown[]): Readonly<Record<string, string>> {
  // A null prototype, since a file may name a column `__proto__`.
  const record: Record<string, string> = Object.create(null);
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (typeof value === "string") record[name] = value;
  }
  return record;
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    throw new StageError(thrown instanceof Error ? thrown.message.split("\n")[0] : String(thrown), { cause: thrown });
  }
}

async function readable<Value>(read: () => Promise<Value>): Promise<Result<Value, string>> {
  try {
    return ok(await read());
  } catch (thrown) {
    if (thrown instanceof StageError) return err(thrown.message);
    throw thrown;
  }
}

/** `NULL` is how database dumps write what is absent, among them the official sample of FOCUS 1.0. */
function csvSql(pieces: readonly Piece[], columns: readonly string[]): string {
  const names = columns.map((_, index) => `'c${index}': 'VARCHAR'`);
  const types = ["'line': 'BIGINT'", ...names, "'begins': 'BIGINT'", "'bytes': 'INTEGER'"].join(", ");
  const paths = pieces.map(({ path }) => quoted(path)).join(", ");
  return `read_csv([${paths}], auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
    new_line = '\\n', nullstr = ['', 'NULL'], max_line_size = 2097152, buffer_size = ${BUFFER_BYTES}, columns = {${types}})`;
}

function parquetSql(path: string, columns: readonly { readonly name: string; readonly type: string }[]): string {
  const texts = columns.map(({ name, type }, index) => {
    const column = `"${name.replaceAll('"', '""')}"`;
    const isNested = /[[(]/.test(type) && !type.startsWith("DECIMAL");
    return `nullif(${isNested ? `to_json(${column})::VARCHAR` : `${column}::VARCHAR`}, '') AS c${index}`;
  });
  return `(SELECT ${["(file_row_number + 1)::BIGINT AS line, 0 AS begins, 0 AS bytes", ...texts].join(", ")}
    FROM read_parquet(${quoted(path)}, file_row_number = true))`;
}

/**
 * Of what is behind names, each with its name, in one text that does not begin with what separates them. What is absent is
 * left out, so a column that is missing and one that is empty are the same. Putting names in front by `||` would make a text
 * of each value first, and take twice as long; a name that is NULL where the value is, in place of nothing, a third longer.
 */
function digest([first, ...rest]: readonly Part[], begin?: string): string {
  if (first === undefined) return `md5(${quoted(begin ?? "")})`;
  if (begin !== undefined)
    return `md5(concat(${[quoted(begin), ...[first, ...rest].map(behindSeparator)].join(", ")}))`;
  const others = rest.map(behindSeparator).join(", ");
  // To cut off what separates looks at each character of UTF-8: only where nothing stands before it.
  return `md5(CASE WHEN ${first.sql} IS NULL THEN substr(concat(${others}), 2)
    ELSE concat(${quoted(`${first.name}=`)}, ${first.sql}, ${others}) END)`;
}

interface Part {
  readonly name: string;
  readonly sql: string;
}

function behindSeparator({ name, sql }: Part): string {
  return `if(${sql} IS NULL, '', ${quoted(`${SEPARATOR}${name}=`)}), ${sql}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function removeStanding(disk: Disk, path: string): void {
  if (disk.size(`${path}.parquet`) !== undefined) disk.remove(`${path}.parquet`);
}

/** Removes what imports left that nobody ended. Folders of what their databases spilled stay, empty. */
export function removeLeftovers(disk: Disk, folder: string): void {
  for (const name of disk.list(folder)) {
    const path = join(folder, name);
    if (!name.endsWith(SPILLED)) disk.remove(path);
    else for (const spilled of disk.list(path)) disk.remove(join(path, spilled));
  }
}
