import { HEAD_BYTES_MAX } from "./read-fields.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const LF = 0x0a;
const CR = 0x0d;

/** Collects the bytes of a head until its empty line has come. */
export class HeldHead {
  #held: Buffer | undefined;

  get isEmpty(): boolean {
    return this.#held === undefined;
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
    const searched = this.#held === undefined ? 0 : Math.max(0, this.#held.length - HEAD_END.length + 1);
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    const end = bytes.indexOf(HEAD_END, searched);
    if (end > HEAD_BYTES_MAX || (end === -1 && bytes.length > HEAD_BYTES_MAX)) return { type: "too-large" };
    if (end !== -1) {
      this.#held = undefined;
      return { type: "head", text: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + HEAD_END.length) };
    }
    this.#held = bytes;
    return { type: hasBareFeed(bytes) ? "broken" : "wait" };
  }
}

function hasBareFeed(bytes: Buffer): boolean {
  for (let feed = bytes.indexOf(LF); feed !== -1; feed = bytes.indexOf(LF, feed + 1))
    if (bytes[feed - 1] !== CR) return true;
  return false;
}
