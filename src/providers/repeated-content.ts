import { plainEnd, QUOTE } from "./json-bytes.ts";
import { type JsonScan } from "./json-scan.ts";
import { type SseFrame } from "./sse-frame.ts";
import { type FrameFate } from "./stream-answer.ts";

// A stream's frames have some 300 bytes around their piece of content.
const AROUND_BYTES_MAX = 4 * 1024;

/**
 * The last frame of a stream that was read in full, where it held one piece of content and nothing else of its own. The
 * frames that follow mostly have the same bytes around another piece; then nothing but its length is new, and reading them
 * again would take three times as long as all else that is done with them.
 */
export class RepeatedContent {
  #around: Buffer = Buffer.alloc(0);
  /** Bytes up to the piece, its opening quote included, and from its closing quote on; none when there is no such frame. */
  #before = 0;
  #behind = 0;
  #fate: FrameFate = "keep";
  /** Of the frame that was read. */
  #frameFrom = 0;
  #frameTo = 0;

  /** How many bytes of content a frame holds that differs from the remembered one in them alone; else undefined. */
  match({ data, from, to, event }: SseFrame): number | undefined {
    const before = this.#before;
    const bytes = to - from - before - this.#behind;
    if (before === 0 || bytes < 0 || event !== undefined) return undefined;
    const around = this.#around;
    if (data.compare(around, 0, before, from, from + before) !== 0) return undefined;
    if (data.compare(around, before, before + this.#behind, to - this.#behind, to) !== 0) return undefined;
    // An escape or a quote in the piece would mean something else, so such a frame is read.
    return plainEnd(data, from + before) === to - this.#behind ? bytes : undefined;
  }

  /** What becomes of a frame that matched. */
  fateOf({ from, to }: SseFrame): FrameFate {
    const fate = this.#fate;
    if (typeof fate === "string") return fate;
    const isBehind = fate.from >= this.#frameFrom + this.#before;
    const shift = isBehind ? to - this.#frameTo : from - this.#frameFrom;
    return { from: fate.from + shift, to: fate.to + shift, text: fate.text };
  }

  /** `scan` has read the frame in full. */
  remember({ data, from, to, event }: SseFrame, scan: JsonScan, fate: FrameFate): void {
    const { contentPieces, contentStart } = scan.found;
    if (contentPieces !== 1 || event !== undefined) return this.forget();
    const before = contentStart + 1;
    const behind = to - from - before - scan.contentBytes;
    if (before + behind > AROUND_BYTES_MAX || data[from + before - 1] !== QUOTE) return this.forget();
    this.#around = Buffer.concat([data.subarray(from, from + before), data.subarray(to - behind, to)]);
    this.#before = before;
    this.#behind = behind;
    this.#fate = fate;
    this.#frameFrom = from;
    this.#frameTo = to;
  }

  forget(): void {
    this.#before = 0;
  }
}
