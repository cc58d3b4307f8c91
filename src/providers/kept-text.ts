/** Text that is kept of one wanted value where a document comes in pieces. */
export const KEPT_BYTES_MAX = 65_536;

/** The text of one value or key while it is read: a view where it lies in one piece, a bounded copy where it does not. */
export class KeptText {
  /** First byte in the document of what is kept; -1 when nothing is. */
  from = -1;
  /** Where the text that was taken last begins in its buffer. */
  start = 0;
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps what the piece holds of it; `before` is the length of all earlier pieces. */
  endPiece(piece: Buffer, before: number): void {
    if (this.from < 0) return;
    const part = piece.subarray(Math.max(this.from - before, 0));
    this.#bytes += part.length;
    if (this.#bytes > this.#bytesMax) this.#pieces = [];
    else this.#pieces.push(Buffer.from(part));
  }

  /** The buffer that holds the text, which ends at `end` of this piece; undefined when it was too long. */
  take(piece: Buffer, before: number, end: number): Buffer | undefined {
    const from = this.from - before;
    const isTooLong = end - from > this.#bytesMax;
    this.from = -1;
    this.start = Math.max(from, 0);
    if (from >= 0) return isTooLong ? undefined : piece;
    const text = isTooLong ? undefined : Buffer.concat([...this.#pieces, piece.subarray(0, end)]);
    this.drop();
    return text;
  }

  drop(): void {
    this.from = -1;
    if (this.#bytes === 0) return;
    this.#pieces = [];
    this.#bytes = 0;
  }
}
