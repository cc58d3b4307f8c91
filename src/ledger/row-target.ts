/** Where the values of a column go, whatever their kind. */
import type duckdb from "@duckdb/node-bindings";
import { type DraftWords } from "./word-book.ts";

export interface Target {
  readonly words: DraftWords;
  /** The column's in the chunk that is being filled; texts go there meanwhile, and what else there is with `flush`. */
  readonly vector: duckdb.Vector;
}

export interface ColumnBuffer<Row> {
  /**
   * Takes the column's value of each row, to places from this one on, all of them below `CHUNK_ROWS`. Many rows of one
   * column, since row by row each value is of another kind than the one before.
   */
  put(first: number, rows: readonly Row[], target: Target): void;
  /**
   * Copies the first rows into a vector of DuckDB, and is empty again. Gives the codes of words that are not resolved
   * yet, to be copied once more when they are.
   */
  flush(vector: duckdb.Vector, rows: number): Int32Array<ArrayBuffer> | undefined;
}
