import { plainEnd, QUOTE } from "./json-bytes.ts";
import { type JsonScan } from "./json-scan.ts";
import { type SseFrame } from "./sse-frame.ts";
import { saltBehind } from "./salt.ts";
import { type FrameFate } from "./stream-answer.ts";

// A stream's frames have some 300 bytes around their piece of content.
const AROUND_BYTES_MAX = 4 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The last frame of a stream that was read in full, where it held one piece of content and nothing else of its own. The
 * frames that follow mostly have the same bytes around another piece, and around their salt if they have one; then nothing
 * but the piece's length is new, and reading them again would take three times as long as all else that is done with them.
 */
export class RepeatedContent {
  #around: Buffer = NOTHING;
  /** Bytes up to the piece, its opening quote included; 0 when there is no such frame. */
  #before = 0;
  /** From the piece's closing quote to the opening one of the salt; 0 where there is none. */
  #middle = 0;
  /** From the closing quote of the piece, or of the salt, on. */
  #behind = 0;
  /** Of the piece: in the frame that was read, and in the one that matched last. */
  #pieceRead = 0;
  #piece = 0;
  #fate: FrameFate = "keep";
  /** Of the frame that was read. */
  #frameFrom = 0;
  #frameTo = 0;

  /** How many bytes of content a frame holds that differs from the remembered one in them alone; else undefined. */
  match({ data, from, to, event }: SseFrame): number | undefined {
    const [around, before, middle, behind] = [this.#around, this.#before, this.#middle, this.#behind];
    const last = to - behind;
    if (before === 0 || last - middle < from + before || event !== undefined) return undefined;
    if (data.compare(around, 0, before, from, from + before) !== 0) return undefined;
    if (data.compare(around, before + middle, before + middle + behind, last, to) !== 0) return undefined;
    // An escape or a quote in the piece would mean something else, so such a frame is read.
    const stop = plainEnd(data, from + before);
    if (middle === 0 ? stop !== last : !this.#isSalted(data, stop, last)) return undefined;
    this.#piece = stop - from - before;
    return this.#piece;
  }

  /** From the end of the piece on: the same bytes up to the salt, and it alone up to `last`. */
  #isSalted(data: Buffer, stop: number, last: number): boolean {
    const [before, salt] = [this.#before, stop + this.#middle];
    if (salt > last || data.compare(this.#around, before, before + this.#middle, stop, salt) !== 0) return false;
    return plainEnd(data, salt) === last;
  }

  /** What becomes of a frame that matched. */
  fateOf({ from, to }: SseFrame): FrameFate {
    const fate = this.#fate;
    if (typeof fate === "string") return fate;
    const shift = this.#shiftOf(fate.from, { from, to });
    return { from: fate.from + shift, to: fate.to + shift, text: fate.text };
  }

  /** From a place in the frame that was read to the same in one that matched. */
  #shiftOf(place: number, { from, to }: Pick<SseFrame, "from" | "to">): number {
    const pieceAt = this.#frameFrom + this.#before;
    if (place < pieceAt) return from - this.#frameFrom;
    if (place < pieceAt + this.#pieceRead + this.#middle) return from - this.#frameFrom + this.#piece - this.#pieceRead;
    return to - this.#frameTo;
  }

  /** `scan` has read the frame in full. */
  remember({ data, from, to, event }: SseFrame, scan: JsonScan, fate: FrameFate): void {
    const { contentPieces, contentStart } = scan.found;
    if (contentPieces !== 1 || event !== undefined) return this.forget();
    const start = from + contentStart + 1;
    const stop = start + scan.contentBytes;
    if (to - from - scan.contentBytes > AROUND_BYTES_MAX || data[start - 1] !== QUOTE) return this.forget();
    const salt = saltBehind(data, stop, to);
    const parts = [
      data.subarray(from, start),
      data.subarray(stop, salt?.from ?? stop),
      data.subarray(salt?.to ?? stop, to),
    ] as const;
    this.#around = Buffer.concat(parts);
    [this.#before, this.#middle, this.#behind] = [parts[0].length, parts[1].length, parts[2].length];
    this.#pieceRead = scan.contentBytes;
    this.#fate = fate;
    this.#frameFrom = from;
    this.#frameTo = to;
  }

  forget(): void {
    this.#before = 0;
  }
}
