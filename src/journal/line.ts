/**
 * One journal line: a text, a tab, the CRC-32 of the text as 8 hex digits, a line feed. The text is JSON, behind which an event
 * may have more JSON, and one text that is printable ASCII: none of them holds a tab or a line feed.
 */
import { crc32 } from "node:zlib";

const LF = 0x0a;
const TAB = 0x09;
/** Tab, CRC and line feed. */
const TRAILER_BYTES = 10;
const BYTES_PER_UNIT = 3;

/** Encodes lines into one buffer that is used again and again: the bytes are good until the next line. */
export class LineEncoder {
  #buffer = Buffer.allocUnsafe(16 * 1024);

  encode(...texts: readonly string[]): Uint8Array {
    let end = 0;
    for (const text of texts) {
      this.#reserve(end + text.length * BYTES_PER_UNIT + TRAILER_BYTES);
      const start = end;
      end += this.#buffer.write(text, end, "utf8");
      const checksum = crc32(this.#buffer.subarray(start, end));
      this.#buffer[end] = TAB;
      writeHex(this.#buffer, end + 1, checksum);
      this.#buffer[end + TRAILER_BYTES - 1] = LF;
      end += TRAILER_BYTES;
    }
    return this.#buffer.subarray(0, end);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(bytes * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

export interface Line {
  /** Undefined when the checksum does not fit. */
  readonly text: string | undefined;
  /** Where the line stops in the bytes, its line feed included. */
  readonly end: number;
}

/** The line that starts at `start`; undefined when its line feed is not there. */
export function readLine(bytes: Buffer, start: number): Line | undefined {
  const feed = bytes.indexOf(LF, start);
  if (feed < 0) return undefined;
  const end = feed + 1;
  const stop = end - TRAILER_BYTES;
  if (stop < start || bytes[stop] !== TAB) return { text: undefined, end };
  const written = hexAt(bytes, stop + 1);
  if (written !== crc32(bytes.subarray(start, stop))) return { text: undefined, end };
  return { text: bytes.toString("utf8", start, stop), end };
}

/** A checksum that fits no text in the place of the line's own; nothing else of it changes, its length neither. */
export function spoilLine(bytes: Buffer, { end }: Line): void {
  bytes.fill("-", end - TRAILER_BYTES + 1, end - 1);
}

const HEX = Buffer.from("0123456789abcdef");

/** Eight lower-case hex digits. By hand: a number of 32 bits is a double to `toString(16)`, which took 0.4 µs a line. */
function writeHex(bytes: Buffer, start: number, value: number): void {
  for (let place = 0; place < 8; place += 1) bytes[start + place] = HEX[(value >>> (28 - 4 * place)) & 15] ?? 0;
}

/** Eight lower-case hex digits as a number, -1 when they are not. By hand: `parseInt` would read a part. */
function hexAt(bytes: Buffer, start: number): number {
  let value = 0;
  for (let at = start; at < start + 8; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + (byte - 0x30);
    else if (byte >= 0x61 && byte <= 0x66) value = value * 16 + (byte - 0x57);
    else return -1;
  }
  return value;
}
