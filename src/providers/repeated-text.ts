import { BACKSLASH, plainEnd } from "./json-bytes.ts";
import { saltBehind } from "./salt.ts";

// A stream's frames have some 300 bytes around their text.
const AROUND_BYTES_MAX = 4 * 1024;
const LF = 0x0a;

/**
 * What stands around the text in the last frame that said a text and nothing else. In the frames that follow mostly the text
 * alone is new, and the salt if there is one; such a frame is found without looking for its end, and needs no parsing.
 */
export class RepeatedText {
  /** Of the frame that was found last. */
  text = "";
  /** Up to the text, its opening quote included; empty when there is none. */
  #before: Buffer = Buffer.alloc(0);
  /** From the text's closing quote to the opening one of the salt; empty where there is none. */
  #middle: Buffer = Buffer.alloc(0);
  /** From the closing quote of the text, or of the salt, to the frame's last byte. */
  #behind: Buffer = Buffer.alloc(0);

  /** Where the frame ends that begins at `from` and differs from the remembered one in its text alone; else undefined. */
  find(bytes: Buffer, from: number): number | undefined {
    const start = from + this.#before.length;
    if (start === from || start >= bytes.length) return undefined;
    if (bytes.compare(this.#before, 0, this.#before.length, from, start) !== 0) return undefined;
    // An escape or a quote in the text would mean something else, so such a frame is read.
    const stop = plainEnd(bytes, start);
    const last = this.#middle.length === 0 ? stop : this.#saltEnd(bytes, stop);
    const end = last + this.#behind.length;
    if (end > bytes.length || bytes.compare(this.#behind, 0, this.#behind.length, last, end) !== 0) return undefined;
    this.text = bytes.toString("utf8", start, stop);
    return end;
  }

  /** Where the salt ends; Infinity where other bytes stand before it. */
  #saltEnd(bytes: Buffer, stop: number): number {
    const salt = stop + this.#middle.length;
    if (salt >= bytes.length || bytes.compare(this.#middle, 0, this.#middle.length, stop, salt) !== 0) return Infinity;
    return plainEnd(bytes, salt);
  }

  /** `frame` said `text` and nothing else, and is whole with its empty line. */
  remember(frame: Buffer, text: string): void {
    this.forget();
    const quoted = Buffer.from(JSON.stringify(text));
    const at = frame.indexOf(quoted);
    // Only where the text stands once, and nothing is escaped, are these bytes the text for certain.
    if (at === -1 || frame.indexOf(quoted, at + 1) !== -1 || frame.includes(BACKSLASH)) return;
    if (frame.length - quoted.length > AROUND_BYTES_MAX || !endsInEmptyLine(frame)) return;
    const around = Buffer.from(frame);
    this.#before = around.subarray(0, at + 1);
    const stop = at + quoted.length - 1;
    const salt = saltBehind(around, stop, around.length);
    this.#middle = around.subarray(stop, salt?.from ?? stop);
    this.#behind = around.subarray(salt?.to ?? stop);
  }

  forget(): void {
    this.#before = this.#before.subarray(0, 0);
  }
}

/** Behind an empty line that ends in CR alone an LF may follow that belongs to it, so such streams are read in full. */
function endsInEmptyLine(frame: Buffer): boolean {
  if (frame.at(-1) !== LF) return false;
  return frame.at(-2) === LF || frame.subarray(-4).equals(CRLF_TWICE);
}

const CRLF_TWICE = Buffer.from("\r\n\r\n");
