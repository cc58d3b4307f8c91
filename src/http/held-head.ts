import { HEAD_BYTES_MAX } from "./read-fields.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const LF = 0x0a;
const CR = 0x0d;
/** More than any path has. */
const START_BYTES = 2048;

/** Collects the bytes of a head until its empty line has come. Each byte is copied and looked at once, however slowly they come. */
export class HeldHead {
  #held: Buffer | undefined;
  #length = 0;

  get isEmpty(): boolean {
    return this.#held === undefined;
  }

  /** Its first bytes, as far as they have come: what it is about, where it cannot be read as a whole. */
  get start(): string {
    return this.#held?.toString("latin1", 0, Math.min(this.#length, START_BYTES)) ?? "";
  }

  /**
   * The head as text with one character for each byte, and what came behind it. `wait` when it has not ended; `broken`
   * as soon as a line ends in a bare LF, where other readers may see the end of the head.
   */
  push(
    chunk: Buffer,
  ):
    | { readonly type: "wait" | "broken" | "too-large" }
    | { readonly type: "head"; readonly text: string; readonly rest: Buffer } {
    const known = this.#length;
    const bytes = this.#held === undefined ? chunk : this.#append(chunk);
    const end = bytes.indexOf(HEAD_END, Math.max(0, known - HEAD_END.length + 1));
    if (end !== -1 && end <= HEAD_BYTES_MAX) {
      this.#held = undefined;
      this.#length = 0;
      return { type: "head", text: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + HEAD_END.length) };
    }
    this.#held ??= bytes;
    this.#length = bytes.length;
    if (bytes.length > HEAD_BYTES_MAX) return { type: "too-large" };
    return { type: hasBareFeed(bytes, known) ? "broken" : "wait" };
  }

  /** Twice the room each time, so that a head that comes byte by byte is not copied for each of them. */
  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    let held = this.#held ?? chunk;
    if (held.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(length, held.length * 2));
      held.copy(larger, 0, 0, this.#length);
      held = larger;
    }
    chunk.copy(held, this.#length);
    this.#held = held;
    return held.subarray(0, length);
  }
}

function hasBareFeed(bytes: Buffer, from: number): boolean {
  for (let feed = bytes.indexOf(LF, from); feed !== -1; feed = bytes.indexOf(LF, feed + 1))
    if (bytes[feed - 1] !== CR) return true;
  return false;
}
