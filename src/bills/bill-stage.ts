/**
 * A database of its own for one import: the file is read into it, matched there with what is booked, and gone when the
 * import is over. DuckDB reads on threads of its own and keeps on disk what its memory does not hold.
 */
import * as crypto from "node:crypto";
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

export interface StagedRow {
  readonly line: number;
  readonly startMs: number;
  readonly bill: Id<"bill">;
  readonly content: string;
  /** Corrections so far of the bill that this is; undefined for a new one. */
  readonly corrections: number | undefined;
  /** The bill that stands has another content. */
  readonly isChange: boolean;
  readonly billedCost: string;
  /** What else decides how it is booked: values in the order of `decidingColumns`, as a JSON array with null for what is absent. */
  readonly deciding: string;
  /** Everything that the row says, in the same form, in the order of the file's columns. */
  readonly said: string;
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

/** DuckDB could not go on: no memory, no room on the disk. Leaves an import in one step. */
export class StageError extends Error {}

export class BillStage {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #names: readonly string[] = [];
  /** SQL for its rows: line, c0, c1 … */
  #file = "";

  private constructor(disk: Disk, path: string, opened: { instance: DuckDBInstance; connection: DuckDBConnection }) {
    this.#disk = disk;
    this.#path = path;
    this.#instance = opened.instance;
    this.#connection = opened.connection;
  }

  /** In the file where what is imported is more than memory should hold. */
  static async make(disk: Disk, path: string, { bytes }: { readonly bytes: number }): Promise<BillStage> {
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
  async open({ path, format, columns }: FileToRead): Promise<Result<readonly string[], string>> {
    return readable(async () => {
      if (format === "csv") {
        this.#names = columns ?? [];
        this.#file = csvSql(path, this.#names);
      } else {
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
   * Reads the file for what is compared of every row that can be: its scope, who it is, and what it says. Only that is
   * kept: reading the file once more for what is new in it costs less than a copy of all.
   */
  async key({
    dates,
    currency,
    rules,
  }: Pick<FileToRead, "dates" | "currency"> & { readonly rules: object }): Promise<Result<void, string>> {
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
    return readable(() =>
      this.#run(
        `CREATE TABLE keyed AS SELECT line, ${time("ChargePeriodStart")} AS start_ms,
         substr(${digest(["'focus'", ...scopeColumns.map(part)])}, 1, 12) AS scope,
         ${digest([provider, ...identityColumns.map(part)])}::UUID AS identity,
         ${digest([quoted(crypto.hash("md5", JSON.stringify([rules, currency ?? ""]))), ...said])}::UUID AS content,
         start_ms IS NOT NULL AND coalesce(${isGood.join(" AND ")}, false) AS is_good
       FROM ${this.#file}`,
      ),
    );
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
    await this.#run(standingSql(this.standing));
    await this.#run(MATCH_SQL);
    const [row = []] = await this.#rows(
      `SELECT (SELECT count(*) FROM keyed WHERE is_good) - (SELECT count(*) FROM todo), (SELECT count(*) FROM gone)`,
    );
    return { unchanged: Number(row[0]), gone: Number(row[1]) };
  }

  /** Rows that are not booked as they stand, some at a time. */
  async *todo(): AsyncIterable<readonly StagedRow[]> {
    const [row = []] = await this.#rows("SELECT count(*) FROM todo");
    if (Number(row[0]) === 0) return;
    const said = this.#names.map((_, index) => `c${index}`);
    const deciding = decidingColumns.map((name) => this.#column(name));
    const result = await asked(
      this.#connection.stream(
        `SELECT line, start_ms::DOUBLE, ${BILL_SQL}, ${hexSql("content")}, corrections, is_change, ${this.#column("BilledCost")},
         json_array(${deciding.join(", ")})::VARCHAR, json_array(${said.join(", ")})::VARCHAR
       FROM ${this.#file} JOIN todo USING (line)`,
      ),
    );
    for (const chunks = result.yieldRowsJs(); ;) {
      const next = await asked(chunks.next());
      if (next.done === true) return;
      yield next.value.map(stagedRow);
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

function stagedRow(row: readonly unknown[]): StagedRow {
  const [line, startMs, bill, content, corrections, isChange, billedCost, deciding, said] = row;
  return {
    line: Number(line),
    startMs: Number(startMs),
    bill: billId(bill),
    content: String(content),
    corrections: corrections === null ? undefined : Number(corrections),
    isChange: isChange === true,
    billedCost: String(billedCost),
    deciding: String(deciding),
    said: String(said),
  };
}

function billId(text: unknown): Id<"bill"> {
  return `bill_${String(text)}`;
}

/** `NULL` is how database dumps write what is absent, among them the official sample of FOCUS 1.0. */
function csvSql(path: string, columns: readonly string[]): string {
  const types = ["'line': 'BIGINT'", ...columns.map((_, index) => `'c${index}': 'VARCHAR'`)].join(", ");
  return `read_csv(${quoted(path)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
    new_line = '\\n', nullstr = ['', 'NULL'], max_line_size = 2097152, columns = {${types}})`;
}

function parquetSql(path: string, columns: readonly { readonly name: string; readonly type: string }[]): string {
  const texts = columns.map(({ name, type }, index) => {
    const column = `"${name.replaceAll('"', '""')}"`;
    const isNested = /[[(]/.test(type) && !type.startsWith("DECIMAL");
    return `nullif(${isNested ? `to_json(${column})::VARCHAR` : `${column}::VARCHAR`}, '') AS c${index}`;
  });
  return `(SELECT ${["(file_row_number + 1)::BIGINT AS line", ...texts].join(", ")}
    FROM read_parquet(${quoted(path)}, file_row_number = true))`;
}

/** Parts that are absent are left out, so a column that is missing and one that is empty are the same. */
function digest(parts: readonly string[]): string {
  return `md5(concat_ws(chr(31), ${parts.join(", ")}))`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function removeStage(disk: Disk, path: string): void {
  for (const name of [path, `${path}.wal`, `${path}.parquet`]) if (disk.size(name) !== undefined) disk.remove(name);
}

/** What stands behind `bill_` in the id of a bill. */
const BILL_SQL = `scope || '_' || ${hexSql("identity")} || '.' || occurrence`;

/** Of 16 bytes that stand as a UUID, which is what compares fastest. */
function hexSql(column: string): string {
  return `replace(${column}::VARCHAR, '-', '')`;
}

/** A correction takes back and books under one number, `#1-` and `#1`: what it books is later. */
function standingSql(path: string): string {
  return `
  CREATE TEMP TABLE said AS SELECT substr(attempt, 6, 12) AS scope, substr(attempt, 19, 32)::UUID AS identity,
    split_part(substr(attempt, 52), '#', 1)::INTEGER AS occurrence, split_part(attempt, '#', 2) AS correction,
    coalesce(try_cast(rtrim(correction, '-') AS INTEGER), 0) AS corrections, suffix(correction, '-') AS is_taken,
    content::UUID AS content
    FROM read_parquet(${quoted(path)}) 
    WHERE substr(attempt, 6, 12) IN (SELECT scope FROM keyed WHERE is_good);
  CREATE TEMP TABLE altered AS SELECT * FROM said WHERE corrections > 0
    QUALIFY row_number() OVER (PARTITION BY scope, identity, occurrence ORDER BY corrections DESC, is_taken) = 1;
  CREATE TEMP TABLE standing AS
    SELECT scope, identity, occurrence, content, corrections
      FROM said ANTI JOIN altered USING (scope, identity, occurrence)
    UNION ALL
    SELECT scope, identity, occurrence, CASE WHEN NOT is_taken THEN content END, corrections FROM altered;
  DROP TABLE said;`;
}

/** Identities of which file and ledger say just the same are left out first, by counting: mostly, that is all of them. */
const MATCH_SQL = `
  CREATE TEMP TABLE touched AS SELECT DISTINCT scope, identity FROM (
    SELECT scope, identity, content FROM (
      SELECT scope, identity, content, 1 AS n FROM keyed WHERE is_good
      UNION ALL SELECT scope, identity, content, -1 FROM standing WHERE content IS NOT NULL)
    GROUP BY scope, identity, content HAVING sum(n) <> 0);
  CREATE TEMP TABLE f AS SELECT line, scope, identity, content,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY line) AS n
    FROM keyed SEMI JOIN touched USING (scope, identity) WHERE is_good;
  CREATE TEMP TABLE s AS SELECT *,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY occurrence) AS n
    FROM standing SEMI JOIN touched USING (scope, identity) WHERE content IS NOT NULL;
  CREATE TEMP TABLE free AS SELECT f.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, line) AS k
    FROM f ANTI JOIN s USING (scope, identity, content, n);
  CREATE TEMP TABLE open AS SELECT s.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, occurrence) AS k
    FROM s ANTI JOIN f USING (scope, identity, content, n);
  CREATE TEMP TABLE ended AS SELECT scope, identity, occurrence, corrections,
    row_number() OVER (PARTITION BY scope, identity ORDER BY occurrence) AS k
    FROM standing SEMI JOIN touched USING (scope, identity) WHERE content IS NULL;
  CREATE TEMP TABLE fresh AS SELECT free.line, free.scope, free.identity,
    row_number() OVER (PARTITION BY free.scope, free.identity ORDER BY free.k) AS k
    FROM free ANTI JOIN open USING (scope, identity, k);
  CREATE TEMP TABLE most AS SELECT scope, identity, max(occurrence) AS occurrence, count(*) FILTER (content IS NULL) AS ended
    FROM standing SEMI JOIN touched USING (scope, identity) GROUP BY scope, identity;
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
