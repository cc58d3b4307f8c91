import { DuckDBDataChunk, VARCHAR } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { TextBuffer } from "./text-buffer.ts";
import { CHUNK_ROWS } from "./vector-memory.ts";
import { type DraftWords } from "./word-book.ts";

type Text = string | undefined;

/** What a chunk has after its texts were put in parts of these lengths. */
function throughChunk(buffer: TextBuffer<Text>, chunk: DuckDBDataChunk, parts: readonly (readonly Text[])[]): Text[] {
  chunk.reset();
  chunk.rowCount = CHUNK_ROWS;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, 0);
  // A text needs none of them.
  const words = undefined as never as DraftWords;
  let first = 0;
  for (const part of parts) {
    buffer.put(first, part, { words, vector });
    first += part.length;
  }
  chunk.rowCount = first;
  buffer.flush(vector, first);
  return chunk.getColumnValues(0).map((value) => (value === null ? undefined : String(value)));
}

const someText = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: "grapheme", minLength: 9, maxLength: 16 }),
  fc.integer({ min: 20_000, max: 30_000 }).map((length) => "e€".repeat(length)),
  fc.integer({ min: 0, max: 3 }).map((length) => "x".repeat(11 + length)),
);

it("gives DuckDB every text as it is, whatever its length and those of its neighbours", () => {
  const buffer = new TextBuffer<Text>((text) => text);
  const chunk = DuckDBDataChunk.create([VARCHAR], CHUNK_ROWS);
  const parts = fc.array(fc.array(someText, { maxLength: 12 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, (given) => {
      expect(throughChunk(buffer, chunk, given)).toEqual(given.flat());
    }),
  );
});

it("fills a whole chunk with more texts than are handed over at a time", () => {
  const buffer = new TextBuffer<Text>((text) => text);
  const chunk = DuckDBDataChunk.create([VARCHAR], CHUNK_ROWS);
  const texts = Array.from({ length: CHUNK_ROWS }, (_, index) =>
    index % 7 === 0 ? undefined : `${index} ${"long ".repeat(index % 90)}`,
  );
  expect(throughChunk(buffer, chunk, [texts])).toEqual(texts);
  const fewer = texts.slice(0, 100).toReversed();
  expect(throughChunk(buffer, chunk, [fewer.slice(0, 40), fewer.slice(40)])).toEqual(fewer);
});
