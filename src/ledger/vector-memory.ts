/** The memory of DuckDB's vectors: a chunk has one for each of its columns. */
import duckdb from "@duckdb/node-bindings";

/** What DuckDB takes in one chunk. */
export const CHUNK_ROWS = 2048;

export function copyToVector(vector: duckdb.Vector, values: ArrayBufferView<ArrayBuffer>, rows: number): void {
  const bytes = (values.byteLength / CHUNK_ROWS) * rows;
  duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, bytes);
}

/** One bit for each row, 0 where the value is absent. */
export class Validity {
  readonly #bits = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  #isWhole = true;

  clear(place: number): void {
    this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) & ~(1 << (place & 7));
    this.#isWhole = false;
  }

  flush(vector: duckdb.Vector): void {
    if (this.#isWhole) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, this.#bits.length);
    this.#bits.fill(0xff);
    this.#isWhole = true;
  }
}
