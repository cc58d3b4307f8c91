import { assert } from "#std";
import { type Disk } from "#world";
import { type Piece } from "./piece-file.ts";

/** Some hundred records; where few rows are new, the rest of it is read in vain. */
const WINDOW_BYTES = 256 * 1024;

/** Gives records by where they stand. They are asked for in about the order of the file: a window of it is read at a time. */
export class RecordReader {
  readonly #disk: Disk;
  readonly #pieces: readonly Piece[];
  #window: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(disk: Disk, pieces: readonly Piece[]) {
    this.#disk = disk;
    this.#pieces = pieces;
  }

  read(at: number, size: number): Uint8Array {
    if (at < this.#from || at + size > this.#from + this.#window.length) {
      const piece = this.#pieces.findLast(({ from }) => from <= at);
      assert(piece !== undefined, "a record stands in a piece of its file");
      this.#window = this.#disk.read(piece.path, at - piece.from, Math.max(size, WINDOW_BYTES)) ?? Buffer.alloc(0);
      this.#from = at;
    }
    const record = this.#window.subarray(at - this.#from, at - this.#from + size);
    assert(record.length === size, "the file of an import stands until it is over");
    return record;
  }
}
