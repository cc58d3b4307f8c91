/** Values of one column on their way into DuckDB: put into typed memory one by one, handed over a chunk at a time. */
import type duckdb from "@duckdb/node-bindings";
import { unreachable } from "#std";
import { type Column } from "./entry-columns.ts";
import { type ColumnBuffer, type Target } from "./row-target.ts";
import { TextBuffer } from "./text-buffer.ts";
import { CHUNK_ROWS, copyToVector, Validity } from "./vector-memory.ts";
import { type DraftWords } from "./word-book.ts";

export function columnBuffer<Row>(column: Column<Row>): ColumnBuffer<Row> {
  switch (column.kind) {
    case "word":
      return new WordBuffer(column.of);
    case "text":
      return new TextBuffer(column.of);
    case "whole":
      return new WholeBuffer(column.of);
    case "nanos":
      return new NanosBuffer(column.of);
    case "small":
      return new NumberBuffer(column.of, new Int32Array(CHUNK_ROWS));
    case "number":
      return new NumberBuffer(column.of, new Float64Array(CHUNK_ROWS));
    case "flag":
      return new FlagBuffer(column.of);
    default:
      return unreachable(column);
  }
}

class NumberBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => number | undefined;
  readonly #values: Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  readonly #validity = new Validity();

  constructor(of: (row: Row) => number | undefined, values: Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>) {
    this.#of = of;
    this.#values = values;
  }

  put(first: number, rows: readonly Row[]): void {
    let place = first;
    for (const row of rows) {
      const value = this.#of(row);
      if (value === undefined) this.#validity.clear(place);
      else this.#values[place] = value;
      place += 1;
    }
  }

  flush(vector: duckdb.Vector, rows: number): undefined {
    copyToVector(vector, this.#values, rows);
    this.#validity.flush(vector);
  }
}

const TWO_TO_32 = 4_294_967_296;

/** A whole number as the two halves of 64 bits: making a bigint of it would cost more than all else here. */
class WholeBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => number | undefined;
  readonly #halves = new Int32Array(2 * CHUNK_ROWS);
  readonly #validity = new Validity();

  constructor(of: (row: Row) => number | undefined) {
    this.#of = of;
  }

  put(first: number, rows: readonly Row[]): void {
    let place = first;
    for (const row of rows) {
      const value = this.#of(row);
      if (value === undefined) this.#validity.clear(place);
      else this.#split(place, value);
      place += 1;
    }
  }

  #split(place: number, value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    // Little-endian, as DuckDB keeps numbers on every machine that it runs on. `|` takes the low 32 bits.
    this.#halves[2 * place] = (value - high * TWO_TO_32) | 0;
    this.#halves[2 * place + 1] = high;
  }

  flush(vector: duckdb.Vector, rows: number): undefined {
    copyToVector(vector, this.#halves, rows);
    this.#validity.flush(vector);
  }
}

class NanosBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => bigint | undefined;
  readonly #values = new BigInt64Array(CHUNK_ROWS);
  readonly #validity = new Validity();

  constructor(of: (row: Row) => bigint | undefined) {
    this.#of = of;
  }

  put(first: number, rows: readonly Row[]): void {
    let place = first;
    for (const row of rows) {
      const value = this.#of(row);
      if (value === undefined) this.#validity.clear(place);
      else this.#values[place] = value;
      place += 1;
    }
  }

  flush(vector: duckdb.Vector, rows: number): undefined {
    copyToVector(vector, this.#values, rows);
    this.#validity.flush(vector);
  }
}

class FlagBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => boolean;
  readonly #values = new Uint8Array(CHUNK_ROWS);

  constructor(of: (row: Row) => boolean) {
    this.#of = of;
  }

  put(first: number, rows: readonly Row[]): void {
    let place = first;
    for (const row of rows) {
      this.#values[place] = this.#of(row) ? 1 : 0;
      place += 1;
    }
  }

  flush(vector: duckdb.Vector, rows: number): undefined {
    copyToVector(vector, this.#values, rows);
  }
}

class WordBuffer<Row> implements ColumnBuffer<Row> {
  readonly #of: (row: Row) => string | undefined;
  readonly #validity = new Validity();
  #codes = new Int32Array(CHUNK_ROWS);
  #isResolved = true;
  /** Most rows have the word of the row before. */
  #before: string | undefined;
  #codeBefore = 0;

  constructor(of: (row: Row) => string | undefined) {
    this.#of = of;
  }

  put(first: number, rows: readonly Row[], { words }: Target): void {
    let place = first;
    for (const row of rows) {
      const word = this.#of(row);
      if (word === undefined) this.#validity.clear(place);
      else this.#codes[place] = word === this.#before ? this.#codeBefore : this.#codeOf(word, words);
      place += 1;
    }
  }

  #codeOf(word: string, words: DraftWords): number {
    const code = words.codeOf(word);
    this.#codeBefore = code;
    this.#before = word;
    if (code < 0) this.#isResolved = false;
    return code;
  }

  flush(vector: duckdb.Vector, rows: number): Int32Array<ArrayBuffer> | undefined {
    copyToVector(vector, this.#codes, rows);
    this.#validity.flush(vector);
    // The next row may be of another draft, where the word has another place.
    this.#before = undefined;
    if (this.#isResolved) return undefined;
    const codes = this.#codes;
    this.#codes = new Int32Array(CHUNK_ROWS);
    this.#isResolved = true;
    return codes;
  }
}
