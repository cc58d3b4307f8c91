import duckdb from "@duckdb/node-bindings";
import { type ColumnBuffer, type Target } from "./row-target.ts";
import { CHUNK_ROWS, copyToVector, Validity } from "./vector-memory.ts";

/**
 * Of a text in a vector, `duckdb_string_t`: its length, and then the text itself where it is short, else its first four bytes
 * and the address where all of it stands.
 */
export const BYTES_OF_TEXT = 16;
const SHORT_BYTES = 12;
/** Places of its numbers of 32 bits. */
const NUMBERS = 4;
const START = 1;
const ADDRESS = 2;
const TWO_TO_32 = 4_294_967_296;

/** Room for the texts that are handed over together; a longer one goes alone. */
const BLOCK_BYTES = 64 * 1024;
const BYTES_PER_UNIT = 3;

/**
 * Hands texts over many at a time, joined into one, and tells where in it each begins: one by one they took four times as
 * long. Keeps no string: those of a whole chunk outlived collections of young memory, which copied each of them.
 */
export class TextBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => string | undefined;
  readonly #validity = new Validity();
  /** A text of the block has its place in that for an address. An absent one is empty, beside its cleared bit. */
  readonly #texts = new Int32Array(CHUNK_ROWS * NUMBERS);
  readonly #bytes = Buffer.from(this.#texts.buffer);
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #blockEnd = 0;
  /** The first row whose text was not handed over. */
  #first = 0;

  constructor(of: (row: Row) => string | undefined) {
    this.#of = of;
  }

  put(first: number, rows: readonly Row[], { vector }: Target): void {
    let place = first;
    for (const row of rows) {
      const text = this.#of(row);
      if (text === undefined) this.#validity.clear(place);
      else this.#add(place, text, vector);
      place += 1;
    }
  }

  #add(place: number, text: string, vector: duckdb.Vector): void {
    const most = text.length * BYTES_PER_UNIT;
    if (this.#blockEnd + most > BLOCK_BYTES) this.#handOver(vector, this.#block.subarray(0, this.#blockEnd), place);
    const isLong = most > BLOCK_BYTES;
    const length = isLong ? Buffer.byteLength(text) : this.#block.write(text, this.#blockEnd);
    this.#texts[place * NUMBERS] = length;
    this.#texts[place * NUMBERS + ADDRESS] = this.#blockEnd;
    if (isLong) this.#handOver(vector, Buffer.from(text), place + 1);
    else this.#blockEnd += length;
  }

  /** The texts of the rows from the first on that was not handed over; `bytes` holds them. */
  #handOver(vector: duckdb.Vector, bytes: Buffer, to: number): void {
    const { high, low } = bytes.length > SHORT_BYTES ? keep(vector, bytes) : NOWHERE;
    for (let place = this.#first; place < to; place += 1) {
      const at = place * NUMBERS;
      const length = this.#texts[at] ?? 0;
      const offset = this.#texts[at + ADDRESS] ?? 0;
      if (length <= SHORT_BYTES) {
        this.#texts[at + ADDRESS] = 0;
        if (length > 0) bytes.copy(this.#bytes, place * BYTES_OF_TEXT + 4, offset, offset + length);
        continue;
      }
      this.#texts[at + START] = bytes.readInt32LE(offset);
      // Little-endian, as DuckDB keeps numbers on every machine that it runs on. `|` takes the low 32 bits.
      this.#texts[at + ADDRESS] = (low + offset) | 0;
      this.#texts[at + ADDRESS + 1] = low + offset < TWO_TO_32 ? high : high + 1;
    }
    this.#blockEnd = 0;
    this.#first = to;
  }

  flush(vector: duckdb.Vector, rows: number): undefined {
    this.#handOver(vector, this.#block.subarray(0, this.#blockEnd), rows);
    copyToVector(vector, this.#texts, rows);
    this.#validity.flush(vector);
    this.#texts.fill(0);
    this.#first = 0;
  }
}

interface Address {
  readonly high: number;
  readonly low: number;
}

const NOWHERE: Address = { high: 0, low: 0 };

/** Has the vector keep a text as long as it keeps its own, and tells where. What stands in its first row is written over. */
function keep(vector: duckdb.Vector, text: Buffer): Address {
  duckdb.vector_assign_string_element_len(vector, 0, text);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, BYTES_OF_TEXT);
  const first = new DataView(buffer, byteOffset, BYTES_OF_TEXT);
  return { low: first.getUint32(8, true), high: first.getUint32(12, true) };
}
