/** A frame that is longer is passed on in pieces and not read: memory is bounded whatever a provider sends. */
export const FRAME_BYTES_MAX = 16 * 1_024 * 1_024;

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);
const IS_BREAK = Uint8Array.from({ length: 256 }, (_, byte) => (byte === LF || byte === CR ? 1 : 0));

/**
 * Splits server-sent events into whole frames on bytes. A frame ends after an empty line, whether lines end in LF, CR or
 * CRLF; where it ends does not depend on how the bytes were cut into chunks.
 */
export class SseFrames {
  /** Frames that became whole with the last chunk; the chunk itself where it begins and ends at a frame's edge. */
  bytes: Buffer = EMPTY;
  /** Where each of them ends in `bytes`. */
  ends: number[] = [];
  /** Bytes in front of the first frame that belong to a frame over the limit. */
  skipped = 0;

  #held: Buffer[] = [];
  #heldBytes = 0;
  #isOver = false;

  #isLineEmpty = true;
  /** The last byte was a CR that ended a line: an LF that follows belongs to it. */
  #isAfterCr = false;
  #endsInCrLf = false;
  /** An empty line was ended by CR in a stream of CRLF lines, so its LF is still to come. */
  #awaitsLf = false;

  /** Whatever comes next begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#heldBytes === 0 && !this.#isOver && this.#isLineEmpty && !this.#isAfterCr && !this.#awaitsLf;
  }

  push(chunk: Buffer): void {
    this.ends = [];
    this.skipped = 0;
    this.#findEnds(chunk);
    const whole = this.ends.at(-1);
    const heldBytes = this.#heldBytes;
    if (this.#isOver) {
      this.#passOver(chunk, whole);
      return;
    }
    if (whole === undefined) {
      this.bytes = EMPTY;
      this.#hold(chunk);
      if (this.#heldBytes > FRAME_BYTES_MAX) this.#beginOver();
      return;
    }
    this.bytes = heldBytes === 0 && whole === chunk.length ? chunk : this.#takeHeld(chunk.subarray(0, whole));
    if (heldBytes > 0) this.ends = this.ends.map((end) => end + heldBytes);
    if (whole < chunk.length) this.#hold(chunk.subarray(whole));
  }

  /** What was held back of a frame that did not end. */
  finish(): Buffer {
    return this.#takeHeld(EMPTY);
  }

  #passOver(chunk: Buffer, whole: number | undefined): void {
    this.#isOver = whole === undefined;
    this.skipped = this.ends.shift() ?? chunk.length;
    this.bytes = chunk.subarray(0, whole);
    if (whole !== undefined && whole < chunk.length) this.#hold(chunk.subarray(whole));
  }

  #beginOver(): void {
    this.#isOver = true;
    this.bytes = this.#takeHeld(EMPTY);
    this.skipped = this.bytes.length;
  }

  #hold(piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #takeHeld(rest: Buffer): Buffer {
    if (this.#heldBytes === 0) return rest;
    const taken = Buffer.concat([...this.#held, rest]);
    this.#held = [];
    this.#heldBytes = 0;
    return taken;
  }

  #findEnds(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const text = at;
      at = breakFrom(chunk, at);
      if (at > text) this.#seeText(text);
      if (at === chunk.length) return;
      if (chunk[at] === LF) this.#seeLf(at);
      else this.#seeCr(at);
      at += 1;
    }
  }

  #seeText(at: number): void {
    if (this.#awaitsLf) this.#endFrame(at);
    this.#isLineEmpty = false;
    this.#isAfterCr = false;
  }

  #seeLf(at: number): void {
    if (this.#isAfterCr) {
      this.#isAfterCr = false;
      this.#endsInCrLf = true;
      if (this.#awaitsLf) this.#endFrame(at + 1);
      return;
    }
    this.#endsInCrLf = false;
    if (this.#isLineEmpty) this.#endFrame(at + 1);
    this.#isLineEmpty = true;
  }

  #seeCr(at: number): void {
    if (this.#awaitsLf) this.#endFrame(at);
    if (this.#isLineEmpty && !this.#endsInCrLf) {
      this.#isAfterCr = false;
      this.#endFrame(at + 1);
      return;
    }
    this.#awaitsLf = this.#isLineEmpty;
    this.#endsInCrLf = false;
    this.#isLineEmpty = true;
    this.#isAfterCr = true;
  }

  #endFrame(end: number): void {
    this.#awaitsLf = false;
    this.#isLineEmpty = true;
    // A frame may end in front of this chunk, where an LF was awaited that did not come.
    const last = this.ends.at(-1) ?? (this.#heldBytes > 0 || this.#isOver ? -1 : 0);
    if (end > last) this.ends.push(end);
  }
}

/** The next LF or CR, four bytes at a turn. */
export function breakFrom(chunk: Buffer, from: number): number {
  let at = from;
  const turns = chunk.length - 3;
  while (
    at < turns &&
    (isBreak(chunk[at]) | isBreak(chunk[at + 1]) | isBreak(chunk[at + 2]) | isBreak(chunk[at + 3])) === 0
  ) {
    at += 4;
  }
  while (at < chunk.length && isBreak(chunk[at]) === 0) at += 1;
  return at;
}

function isBreak(byte: number | undefined): number {
  return IS_BREAK[byte ?? 0] ?? 0;
}
