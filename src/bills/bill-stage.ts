/**
 * A database of its own for one import: the file is read into it, matched there with what is booked, and gone when the
 * import is over. DuckDB reads on threads of its own and keeps on disk what its memory does not hold.
 */
import * as crypto from "node:crypto";
import { type DuckDBConnection, type DuckDBInstance } from "@duckdb/node-api";
import { err, ok, type Result } from "#std";
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

const MEMORY = "256MiB";
const THREADS = "2";
const BYTES_IN_MEMORY_MAX = 16 * 1024 * 1024;

export interface FileToRead {
  readonly path: string;
  readonly format: "csv" | "parquet";
  /** Of a CSV; a Parquet file names its own. */
  readonly columns: readonly string[] | undefined;
  readonly dates: DateStyle;
  /** What the amounts of a file without BillingCurrency are in. */
  readonly currency: string | undefined;
}

/** A bill of the ledger that stands, or stood and was taken back. */
export interface Standing {
  readonly scope: string;
  readonly identity: string;
  readonly occurrence: number;
  /** Undefined after it was taken back. */
  readonly content: string | undefined;
  readonly corrections: number;
}

export interface StagedRow {
  readonly line: number;
  readonly startMs: number;
  readonly scope: string;
  readonly identity: string;
  readonly occurrence: number;
  readonly content: string;
  /** Corrections so far of the bill that this is; undefined for a new one. */
  readonly corrections: number | undefined;
  /** The bill that stands has another content. */
  readonly isChange: boolean;
  /** What decides how it is booked, by the columns' names. */
  readonly values: Readonly<Record<string, string>>;
  /** Everything that the row says, as JSON text. */
  readonly row: string;
}

export interface BadRow {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

export interface Gone {
  readonly scope: string;
  readonly identity: string;
  readonly occurrence: number;
  readonly corrections: number;
}

const BAD_ROWS_TOLD = 1000;

/** DuckDB could not go on: no memory, no room on the disk. Leaves an import in one step. */
export class StageError extends Error {}

export class BillStage {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #names: readonly string[] = [];

  private constructor(disk: Disk, path: string, opened: { instance: DuckDBInstance; connection: DuckDBConnection }) {
    this.#disk = disk;
    this.#path = path;
    this.#instance = opened.instance;
    this.#connection = opened.connection;
  }

  /** In the file where what is imported is more than memory should hold. */
  static async open(disk: Disk, path: string, { bytes }: { readonly bytes: number }): Promise<BillStage> {
    // Every process that reads a configuration loads this room; the database is for those that import.
    const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
    removeStage(disk, path);
    const instance = await Instance.create(bytes > BYTES_IN_MEMORY_MAX ? path : ":memory:", {
      memory_limit: MEMORY,
      threads: THREADS,
      temp_directory: `${path}.tmp`,
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new BillStage(disk, path, { instance, connection });
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
    removeStage(this.#disk, this.#path);
  }

  /** The columns of the file, or why it cannot be read. */
  async read(file: FileToRead): Promise<Result<readonly string[], string>> {
    try {
      const columns = file.columns ?? (await this.#describeParquet(file.path));
      this.#names = columns;
      await this.#run(file.format === "csv" ? readCsvSql(file.path, columns) : "SELECT 1");
      if (file.format === "parquet") await this.#readParquet(file.path);
      return ok(columns);
    } catch (thrown) {
      if (thrown instanceof StageError) return err(thrown.message);
      throw thrown;
    }
  }

  async #describeParquet(path: string): Promise<readonly string[]> {
    const rows = await this.#rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(${quoted(path)}))`);
    return rows.map(([name]) => String(name));
  }

  async #readParquet(path: string): Promise<void> {
    const rows = await this.#rows(`SELECT column_type FROM (DESCRIBE SELECT * FROM read_parquet(${quoted(path)}))`);
    const columns = rows.map(([type], index) => {
      const name = `"${(this.#names[index] ?? "").replaceAll('"', '""')}"`;
      const isNested = /[[(]/.test(String(type)) && !String(type).startsWith("DECIMAL");
      return `nullif(${isNested ? `to_json(${name})::VARCHAR` : `${name}::VARCHAR`}, '') AS c${index}`;
    });
    await this.#run(
      `CREATE TABLE raw AS SELECT ${["(file_row_number + 1)::BIGINT AS line", ...columns].join(", ")}
       FROM read_parquet(${quoted(path)}, file_row_number = true)`,
    );
  }

  /** Makes what is compared of every row that can be: its scope, who it is, and what it says. */
  async key({
    dates,
    currency,
    rules,
  }: Pick<FileToRead, "dates" | "currency"> & { readonly rules: object }): Promise<void> {
    const column = (name: string) => this.#column(name);
    const time = (name: string) => instantSql(column(name), dates);
    const part = (name: string) => `'${name}=' || ${timeColumns.has(name) ? `(${time(name)})::VARCHAR` : column(name)}`;
    const provider = `'provider=' || coalesce(${providerColumns.map(column).join(", ")})`;
    const decimals = moneyColumns.map(
      (name) => `coalesce(regexp_full_match(${column(name)}, '${DECIMAL_PATTERN}'), ${name !== "BilledCost"})`,
    );
    const isGood = [...decimals, ...(currency === undefined ? [`${column("BillingCurrency")} IS NOT NULL`] : [])];
    const said = this.#names
      .map((name, index) => ({ name, index }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, index }) => `${quoted(`${name}=`)} || c${index}`);
    await this.#run(
      `CREATE TABLE keyed AS SELECT line, ${time("ChargePeriodStart")} AS start_ms,
         substr(${digest(["'focus'", ...scopeColumns.map(part)])}, 1, 12) AS scope,
         ${digest([provider, ...identityColumns.map(part)])} AS identity,
         ${digest([quoted(crypto.hash("md5", JSON.stringify([rules, currency ?? ""]))), ...said])} AS content, coalesce(${isGood.join(" AND ")}, false) AS is_good
       FROM raw`,
    );
    await this.#run(
      `CREATE TABLE standing (scope VARCHAR, identity VARCHAR, occurrence INTEGER, content VARCHAR, corrections INTEGER)`,
    );
  }

  async counts(): Promise<{ readonly rows: number; readonly bad: number }> {
    const [row = []] = await this.#rows(
      "SELECT count(*), count(*) FILTER (NOT is_good OR start_ms IS NULL) FROM keyed",
    );
    return { rows: Number(row[0]), bad: Number(row[1]) };
  }

  /** The first rows that cannot be booked as they stand. */
  async bad(): Promise<readonly BadRow[]> {
    const rows = await this.#rows(
      `SELECT raw.* FROM raw JOIN keyed USING (line) WHERE NOT is_good OR start_ms IS NULL ORDER BY line LIMIT ${BAD_ROWS_TOLD}`,
    );
    return rows.map(([line, ...values]) => ({ line: Number(line), values: named(this.#names, values) }));
  }

  async scopes(): Promise<readonly string[]> {
    return (await this.#rows("SELECT DISTINCT scope FROM keyed ORDER BY scope")).map(([scope]) => String(scope));
  }

  async addStanding(bills: readonly Standing[]): Promise<void> {
    const appender = await asked(this.#connection.createAppender("standing"));
    for (const { scope, identity, occurrence, content, corrections } of bills) {
      appender.appendVarchar(scope);
      appender.appendVarchar(identity);
      appender.appendInteger(occurrence);
      if (content === undefined) appender.appendNull();
      else appender.appendVarchar(content);
      appender.appendInteger(corrections);
      appender.endRow();
    }
    appender.closeSync();
  }

  /** Equal rows and bills first, then those of one identity one by one; what is left is new, or gone. */
  async match(): Promise<{ readonly unchanged: number; readonly todo: number; readonly gone: number }> {
    await this.#run(MATCH_SQL);
    const [row = []] = await this.#rows(
      `SELECT (SELECT count(*) FROM keyed WHERE is_good AND start_ms IS NOT NULL) - (SELECT count(*) FROM todo),
         (SELECT count(*) FROM todo), (SELECT count(*) FROM gone)`,
    );
    return { unchanged: Number(row[0]), todo: Number(row[1]), gone: Number(row[2]) };
  }

  /** Rows that are not booked as they stand, a chunk at a time. Sorting them by line would copy all that they say. */
  async *todo(): AsyncIterable<readonly StagedRow[]> {
    const said = this.#names.map((name, index) => `${quoted(name)}, c${index}`);
    const deciding = decidingColumns.map((name) => this.#column(name));
    // A merge leaves out what is NULL.
    const result = await asked(
      this.#connection.stream(
        `SELECT line, start_ms, scope, identity, occurrence, content, corrections, is_change,
         json_merge_patch('{}', json_object(${said.join(", ")}))::VARCHAR, ${deciding.join(", ")}
       FROM raw JOIN todo USING (line)`,
      ),
    );
    for (const chunks = result.yieldRowsJs(); ;) {
      const next = await asked(chunks.next());
      if (next.done === true) return;
      yield next.value.map((row) => this.#staged(row));
    }
  }

  #staged(row: readonly unknown[]): StagedRow {
    const [line, startMs, scope, identity, occurrence, content, corrections, isChange, said, ...values] = row;
    return {
      line: Number(line),
      startMs: Number(startMs),
      scope: String(scope),
      identity: String(identity),
      occurrence: Number(occurrence),
      content: String(content),
      corrections: corrections === null ? undefined : Number(corrections),
      isChange: isChange === true,
      row: String(said),
      values: named(decidingColumns, values),
    };
  }

  /** Bills that stand for what the file is about and are not in it. */
  async gone(): Promise<readonly Gone[]> {
    const rows = await this.#rows("SELECT scope, identity, occurrence, corrections FROM gone");
    return rows.map(([scope, identity, occurrence, corrections]) => ({
      scope: String(scope),
      identity: String(identity),
      occurrence: Number(occurrence),
      corrections: Number(corrections),
    }));
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

/** `NULL` is how database dumps write what is absent, among them the official sample of FOCUS 1.0. */
function readCsvSql(path: string, columns: readonly string[]): string {
  const types = ["'line': 'BIGINT'", ...columns.map((_, index) => `'c${index}': 'VARCHAR'`)].join(", ");
  return `CREATE TABLE raw AS SELECT * FROM read_csv(${quoted(path)}, auto_detect = false, header = false, delim = ',',
    quote = '"', escape = '"', new_line = '\\n', nullstr = ['', 'NULL'], max_line_size = 2097152, columns = {${types}})`;
}

/** Parts that are absent are left out, so a column that is missing and one that is empty are the same. */
function digest(parts: readonly string[]): string {
  return `md5(concat_ws(chr(31), ${parts.join(", ")}))`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function removeStage(disk: Disk, path: string): void {
  for (const name of [path, `${path}.wal`]) if (disk.size(name) !== undefined) disk.remove(name);
}

const MATCH_SQL = `
  CREATE TEMP TABLE f AS SELECT line, scope, identity, content,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY line) AS n
    FROM keyed WHERE is_good AND start_ms IS NOT NULL;
  CREATE TEMP TABLE s AS SELECT *,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY occurrence) AS n
    FROM standing SEMI JOIN f USING (scope) WHERE content IS NOT NULL;
  CREATE TEMP TABLE free AS SELECT f.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, line) AS k
    FROM f ANTI JOIN s USING (scope, identity, content, n);
  CREATE TEMP TABLE open AS SELECT s.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, occurrence) AS k
    FROM s ANTI JOIN f USING (scope, identity, content, n);
  CREATE TEMP TABLE ended AS SELECT scope, identity, occurrence, corrections,
    row_number() OVER (PARTITION BY scope, identity ORDER BY occurrence) AS k
    FROM standing SEMI JOIN f USING (scope) WHERE content IS NULL;
  CREATE TEMP TABLE fresh AS SELECT free.line, free.scope, free.identity,
    row_number() OVER (PARTITION BY free.scope, free.identity ORDER BY free.k) AS k
    FROM free ANTI JOIN open USING (scope, identity, k);
  CREATE TEMP TABLE most AS SELECT scope, identity, max(occurrence) AS occurrence, count(*) FILTER (content IS NULL) AS ended
    FROM standing GROUP BY scope, identity;
  CREATE TEMP TABLE found AS
    SELECT free.line, open.occurrence::INTEGER AS occurrence, open.corrections AS corrections, true AS is_change
      FROM free JOIN open USING (scope, identity, k)
    UNION ALL
    SELECT fresh.line, coalesce(ended.occurrence, coalesce(most.occurrence, 0) + fresh.k - coalesce(most.ended, 0))::INTEGER,
      ended.corrections, false
      FROM fresh LEFT JOIN ended USING (scope, identity, k) LEFT JOIN most USING (scope, identity);
  CREATE TEMP TABLE todo AS SELECT keyed.* EXCLUDE (is_good), occurrence, corrections, is_change FROM keyed JOIN found USING (line);
  CREATE TEMP TABLE gone AS SELECT scope, identity, occurrence, corrections FROM open ANTI JOIN free USING (scope, identity, k);
`;
