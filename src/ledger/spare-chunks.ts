import { DuckDBDataChunk, type DuckDBType } from "@duckdb/node-api";
import { CHUNK_ROWS } from "./vector-memory.ts";

/** For each table; a long load has more on its way, which are let go. */
const SPARE_MAX = 16;

/**
 * Chunks that were loaded and are filled again. To the garbage collector a chunk is a small thing, old when its batch is
 * committed: hundreds of megabytes of them waited for it.
 */
export class SpareChunks {
  readonly #spare = new Map<string, DuckDBDataChunk[]>();

  /** One of the table's, with room for `CHUNK_ROWS`. */
  take(table: string, types: readonly DuckDBType[]): DuckDBDataChunk {
    const chunk = this.#spare.get(table)?.pop();
    if (chunk === undefined) return DuckDBDataChunk.create(types, CHUNK_ROWS);
    chunk.rowCount = CHUNK_ROWS;
    return chunk;
  }

  /** Frees the texts in it at once, and keeps the rest. */
  giveBack(table: string, chunk: DuckDBDataChunk): void {
    chunk.reset();
    const spare = this.#spare.get(table) ?? [];
    if (spare.length < SPARE_MAX) spare.push(chunk);
    this.#spare.set(table, spare);
  }
}
