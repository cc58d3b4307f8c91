import { err, ok, type Result } from "#std";
import { createInstance } from "./duckdb-schema.ts";
import { type StoreProblem } from "./ledger-store.ts";

export interface ParquetColumn {
  readonly name: string;
  readonly kind: "decimal" | "time" | "text";
}

export interface CsvToParquet {
  /** RFC 4180 with a head; an empty field is null. */
  readonly csv: string;
  readonly parquet: string;
  readonly columns: readonly ParquetColumn[];
}

/** A rate of 18 decimals times a quantity in millionths. */
const types = { decimal: "DECIMAL(38, 24)", time: "TIMESTAMP", text: "VARCHAR" } as const;

const MEMORY_BYTES = 256 * 1024 * 1024;

/** Writes a CSV file as Parquet, in a database of its own, so that no page waits for it. */
export async function csvToParquet({ csv, parquet, columns }: CsvToParquet): Promise<Result<void, StoreProblem>> {
  const instance = await createInstance({ memoryBytes: MEMORY_BYTES, threads: 1 }, ":memory:");
  try {
    const connection = await instance.connect();
    const typed = columns.map(({ name, kind }) => `${quoted(name)}: '${types[kind]}'`).join(", ");
    await connection.run(
      `COPY (SELECT * FROM read_csv(${quoted(csv)}, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
         columns = {${typed}})) TO ${quoted(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return ok(undefined);
  } catch (thrown) {
    return err(failed(thrown));
  } finally {
    instance.closeSync();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function failed(thrown: unknown): StoreProblem {
  return { type: "store-failed", detail: thrown instanceof Error ? thrown.message : String(thrown) };
}
