import { BIGINT, BOOLEAN, DOUBLE, INTEGER, UINTEGER, VARCHAR } from "@duckdb/node-api";
import { type DuckDBConnection, type DuckDBDataChunk, type DuckDBType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { assert, unreachable } from "#std";
import { type ColumnBuffer, type Target } from "./row-target.ts";
import { type Column, type ColumnKind } from "./entry-columns.ts";
import { type SpareBuffers } from "./spare-buffers.ts";
import { type SpareChunks } from "./spare-chunks.ts";
import { ChunkSource } from "./chunk-source.ts";
import { BYTES_OF_TEXT } from "./text-buffer.ts";
import { CHUNK_ROWS, copyToVector } from "./vector-memory.ts";
import { type DraftWords, type WordColumn } from "./word-book.ts";

/** A chunk in DuckDB's memory, where it does not burden the garbage collector. */
interface Chunk {
  readonly chunk: DuckDBDataChunk;
  readonly rows: number;
  /** Columns in which words stand that had no code when the chunk was made. */
  readonly unresolved: readonly { readonly column: number; readonly codes: Int32Array<ArrayBuffer> }[];
}

interface Filling {
  readonly chunk: DuckDBDataChunk;
  /** One for each column. */
  readonly targets: readonly Target[];
}

/** Of one table, from its batches to those that come after them. */
export interface Spares<Row> {
  readonly chunks: SpareChunks;
  readonly buffers: SpareBuffers<Row>;
}

/** Rows of one batch on their way into a table: whole chunks, and the chunk that is being filled. */
export class TableDraft<Row> {
  readonly chunks: Chunk[] = [];
  readonly #columns: readonly Column<Row>[];
  readonly #words: DraftWords;
  /** Taken for the first row: most passes of a quiet ledger find none. */
  #buffers: readonly ColumnBuffer<Row>[] = [];
  /** The chunk that is being filled, and the vectors of its columns. */
  #filling: Filling | undefined;
  #filled = 0;

  readonly #spares: Spares<Row>;
  readonly #table: string;

  constructor(
    table: string,
    columns: readonly Column<Row>[],
    { words, spares }: { readonly words: DraftWords; readonly spares: Spares<Row> },
  ) {
    this.#table = table;
    this.#columns = columns;
    this.#words = words;
    this.#spares = spares;
  }

  add(rows: readonly Row[]): void {
    for (let from = 0; from < rows.length;) {
      const to = Math.min(rows.length, from + CHUNK_ROWS - this.#filled);
      this.#fill(from === 0 && to === rows.length ? rows : rows.slice(from, to));
      if (this.#filled === CHUNK_ROWS) this.close();
      from = to;
    }
  }

  #fill(rows: readonly Row[]): void {
    if (this.#buffers.length === 0) this.#buffers = this.#spares.buffers.take();
    this.#filling ??= this.#takeChunk();
    const { targets } = this.#filling;
    for (const [column, buffer] of this.#buffers.entries()) {
      const target = targets[column];
      assert(target !== undefined, "a chunk has a vector for each column");
      buffer.put(this.#filled, rows, target);
    }
    this.#filled += rows.length;
  }

  #takeChunk(): Filling {
    const types = this.#columns.map(({ kind }) => typeOf(kind));
    const chunk = this.#spares.chunks.take(this.#table, types);
    const targets = types.map((_, column) => ({
      words: this.#words,
      vector: duckdb.data_chunk_get_vector(chunk.chunk, column),
    }));
    return { chunk, targets };
  }

  /** Makes a chunk of what is not in one yet. */
  close(): void {
    const rows = this.#filled;
    if (this.#filling === undefined || rows === 0) return;
    const { chunk, targets } = this.#filling;
    chunk.rowCount = rows;
    const unresolved = this.#buffers.flatMap((buffer, column) => {
      const target = targets[column];
      assert(target !== undefined, "a chunk has a vector for each column");
      const codes = buffer.flush(target.vector, rows);
      return codes === undefined ? [] : [{ column, codes }];
    });
    this.chunks.push({ chunk, rows, unresolved });
    this.#filling = undefined;
    this.#filled = 0;
  }

  /** When it was loaded, or never will be. */
  giveBack(): void {
    const { chunks, buffers } = this.#spares;
    for (const { chunk } of this.chunks.splice(0)) chunks.giveBack(this.#table, chunk);
    if (this.#filling === undefined) buffers.giveBack(this.#buffers);
    // Rows that never came into a chunk stand in the buffers still, which are let go.
    else chunks.giveBack(this.#table, this.#filling.chunk);
    this.#buffers = [];
    this.#filling = undefined;
  }
}

/**
 * Puts rows into one table. Handing DuckDB a string costs 0.28 µs in this binding and an entry has 30 of them, so words go
 * as numbers, which is also how they stay: an entry costs DuckDB 5 µs in place of 15.
 */
export class TableLoader<Row> {
  readonly table: string;
  readonly #columns: readonly Column<Row>[];
  readonly #isTemporary: boolean;
  readonly #sources = new WeakMap<DuckDBConnection, ChunkSource>();

  constructor(table: string, columns: readonly Column<Row>[], { isTemporary = false } = {}) {
    this.table = table;
    this.#columns = columns;
    this.#isTemporary = isTemporary;
  }

  /** Before the first `load` of this connection, and in no transaction: rolled back it would not be ready any more. */
  makeReady(connection: DuckDBConnection): void {
    const columns = this.#columns.map(({ name, kind }) => ({ name, type: typeOf(kind), bytes: bytesOf[kind] }));
    const source = new ChunkSource(this.table, columns, { isTemporary: this.#isTemporary });
    source.register(connection);
    this.#sources.set(connection, source);
  }

  get wordColumns(): readonly WordColumn[] {
    const words = this.#columns.filter(({ kind }) => kind === "word");
    return words.map(({ name }) => ({ table: this.table, name }));
  }

  /** The table, and beside it a view that has words where the table has their codes. */
  createTables(view: string): readonly string[] {
    const columns = this.#columns.map(({ name, kind, compression }) => {
      const column = `"${name}" ${typeOf(kind).toString()}`;
      return compression === undefined ? column : `${column} USING COMPRESSION ${compression}`;
    });
    const shown = this.#columns.map(({ name, kind }) =>
      kind === "word" ? `(SELECT word FROM words WHERE code = ${this.table}."${name}") AS "${name}"` : `"${name}"`,
    );
    return [
      `CREATE TABLE ${this.table} (${columns.join(", ")})`,
      `CREATE VIEW ${view} AS SELECT ${shown.join(", ")} FROM ${this.table}`,
    ];
  }

  /** A table of one transaction, which is dropped when it was read. */
  createTemporary(): string {
    const columns = this.#columns.map(({ name, kind }) => `"${name}" ${typeOf(kind).toString()}`);
    return `CREATE OR REPLACE TEMP TABLE ${this.table} (${columns.join(", ")})`;
  }

  draft(words: DraftWords, spares: Spares<Row>): TableDraft<Row> {
    return new TableDraft(this.table, this.#columns, { words, spares });
  }

  /** Inside the transaction that the connection is in. `codes` are those of the draft's unresolved words. */
  async load(connection: DuckDBConnection, draft: TableDraft<Row>, codes: Int32Array): Promise<void> {
    draft.close();
    if (draft.chunks.length === 0) return;
    for (const { chunk, rows, unresolved } of draft.chunks) {
      for (const { column, codes: places } of unresolved) {
        for (let row = 0; row < rows; row += 1) {
          const place = places[row] ?? 0;
          if (place < 0) places[row] = codes[-1 - place] ?? 0;
        }
        copyToVector(duckdb.data_chunk_get_vector(chunk.chunk, column), places, rows);
      }
    }
    const source = this.#sources.get(connection);
    assert(source !== undefined, "rows are loaded by the connection that was made ready for it");
    await source.insert(connection, draft.chunks);
  }
}

/** Of one value in a vector. */
const bytesOf: Readonly<Record<ColumnKind, number>> = {
  word: 4,
  text: BYTES_OF_TEXT,
  whole: 8,
  nanos: 8,
  small: 4,
  number: 8,
  flag: 1,
};

/** A column of this type holds words: nothing else is stored in it. */
export const WORD_TYPE = UINTEGER;

function typeOf(kind: ColumnKind): DuckDBType {
  switch (kind) {
    case "word":
      return WORD_TYPE;
    case "text":
      return VARCHAR;
    case "whole":
    case "nanos":
      return BIGINT;
    case "small":
      return INTEGER;
    case "number":
      return DOUBLE;
    case "flag":
      return BOOLEAN;
    default:
      return unreachable(kind);
  }
}
