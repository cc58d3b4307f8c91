import { BACKSLASH, plainEnd } from "./json-bytes.ts";

// A stream's frames have some 300 bytes around their text.
const AROUND_BYTES_MAX = 4 * 1024;
const LF = 0x0a;

/**
 * What stands around the text in the last frame that said a text and nothing else. In the frames that follow mostly the text
 * alone is new; such a frame is found without looking for its end, and needs no parsing.
 */
export class RepeatedText {
  /** Of the frame that was found last. */
  text = "";
  /** Up to the text, its opening quote included, and from its closing quote to the frame's last byte; empty when there is none. */
  #before: Buffer = Buffer.alloc(0);
  #behind: Buffer = Buffer.alloc(0);

  /** Where the frame ends that begins at `from` and differs from the remembered one in its text alone; else undefined. */
  find(bytes: Buffer, from: number): number | undefined {
    const start = from + this.#before.length;
    if (start === from || start >= bytes.length) return undefined;
    if (bytes.compare(this.#before, 0, this.#before.length, from, start) !== 0) return undefined;
    // An escape or a quote in the text would mean something else, so such a frame is read.
    const stop = plainEnd(bytes, start);
    const end = stop + this.#behind.length;
    if (end > bytes.length || bytes.compare(this.#behind, 0, this.#behind.length, stop, end) !== 0) return undefined;
    this.text = bytes.toString("utf8", start, stop);
    return end;
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
    this.#behind = around.subarray(at + quoted.length - 1);
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
