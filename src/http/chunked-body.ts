import { fieldIn, readFields } from "./read-fields.ts";

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SIZE_DIGITS_MAX = 8;
// Nobody uses extensions. Without a bound, each byte of a body could be wrapped in any number of them.
const EXTENSION_BYTES_MAX = 4 * 1024;
const FRAMING = ["content-length", "transfer-encoding"] as const;
const TRAILER_BYTES_MAX = 8 * 1024;

// In order of their appearance.
const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER = 6;
const DONE = 7;
const BROKEN = 8;

/** Takes the chunks of one body apart, however the bytes were cut on their way (RFC 9112, 7.1). */
export class ChunkedBody {
  /** Where the body ended in the bytes pushed last. */
  end = 0;
  /** Flat, once the body is done. */
  trailers: readonly string[] = [];
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailer = "";

  get isDone(): boolean {
    return this.#state === DONE;
  }

  get isBroken(): boolean {
    return this.#state === BROKEN;
  }

  /**
   * What of the body stands in `bytes` from `from` on. Pieces of several chunks are moved together in `bytes`, which is
   * the caller's to lose up to `end`.
   */
  push(bytes: Buffer, from: number): Buffer {
    let at = from;
    let first = from;
    let last = from;
    while (at < bytes.length && this.#state < DONE) {
      if (this.#state !== DATA) {
        at = this.#step(bytes, at);
        continue;
      }
      const stop = Math.min(bytes.length, at + this.#size);
      if (first === last) first = last = at;
      else if (last !== at) bytes.copyWithin(last, at, stop);
      last += stop - at;
      this.#size -= stop - at;
      if (this.#size === 0) this.#state = DATA_CR;
      at = stop;
    }
    this.end = at;
    return bytes.subarray(first, last);
  }

  #step(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    switch (this.#state) {
      case SIZE:
        return this.#readSize(byte, at);
      case EXTENSION:
        this.#extensionBytes += 1;
        if (byte === CR) this.#state = SIZE_LF;
        else if (!isText(byte) || this.#extensionBytes > EXTENSION_BYTES_MAX) this.#state = BROKEN;
        return at + 1;
      case SIZE_LF:
        this.#expect(byte, LF, this.#size === 0 ? TRAILER : DATA);
        return at + 1;
      case DATA_CR:
        this.#expect(byte, CR, DATA_LF);
        return at + 1;
      case DATA_LF:
        this.#expect(byte, LF, SIZE);
        this.#digits = 0;
        return at + 1;
      default:
        return this.#readTrailer(bytes, at);
    }
  }

  #readSize(byte: number, at: number): number {
    const digit = hexDigit(byte);
    if (digit >= 0 && this.#digits < SIZE_DIGITS_MAX) {
      this.#size = (this.#digits === 0 ? 0 : this.#size * 16) + digit;
      this.#digits += 1;
    } else if (this.#digits > 0 && byte === CR) this.#state = SIZE_LF;
    else if (this.#digits > 0 && byte === SEMICOLON) this.#state = EXTENSION;
    else this.#state = BROKEN;
    return at + 1;
  }

  #expect(byte: number, wanted: number, next: number): void {
    this.#state = byte === wanted ? next : BROKEN;
  }

  /** Line by line, so that the first bytes of a next message are never taken for a trailer. */
  #readTrailer(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(LF, at);
    const stop = feed === -1 ? bytes.length : feed + 1;
    this.#trailer += bytes.toString("latin1", at, stop);
    if (this.#trailer.length > TRAILER_BYTES_MAX) this.#state = BROKEN;
    else if (this.#trailer === "\r\n" || this.#trailer.endsWith("\r\n\r\n")) this.#endTrailer();
    else if (feed !== -1 && !this.#trailer.endsWith("\r\n")) this.#state = BROKEN;
    return stop;
  }

  #endTrailer(): void {
    const lines = this.#trailer.slice(0, this.#trailer === "\r\n" ? 0 : -4);
    const trailers = readFields(lines, 0, { isLowerCase: false });
    // A length that comes behind the body has no meaning that two readers would share (RFC 9110, 6.5.1).
    const isFraming = FRAMING.some((name) => trailers !== undefined && fieldIn(trailers, name) !== undefined);
    this.#state = trailers === undefined || isFraming ? BROKEN : DONE;
    this.trailers = trailers ?? [];
  }
}

function isText(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
