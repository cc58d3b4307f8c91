import { columnBuffer } from "./column-buffer.ts";
import { type ColumnBuffer } from "./row-target.ts";
import { type Column } from "./entry-columns.ts";

/** One batch is committed while the next is filled. */
const SPARE_MAX = 2;

/**
 * The buffers of one table's columns that a batch has emptied. Almost a megabyte for the entries, which a pass each second made
 * anew: up to 80 MB of them waited for the garbage collector, which sees only small things.
 */
export class SpareBuffers<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #spare: (readonly ColumnBuffer<Row>[])[] = [];

  constructor(columns: readonly Column<Row>[]) {
    this.#columns = columns;
  }

  /** Empty ones. */
  take(): readonly ColumnBuffer<Row>[] {
    return this.#spare.pop() ?? this.#columns.map((column) => columnBuffer(column));
  }

  /** Only empty ones. */
  giveBack(buffers: readonly ColumnBuffer<Row>[]): void {
    if (buffers.length > 0 && this.#spare.length < SPARE_MAX) this.#spare.push(buffers);
  }
}
