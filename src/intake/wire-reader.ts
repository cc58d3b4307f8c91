import { RecentIds } from "./recent-ids.ts";
import { RecentTexts } from "./recent-texts.ts";

/** Thrown by `WireReader` and caught once, where a body is decoded. */
export class WireError extends Error {}

const DEPTH_MAX = 16;

/** The message that is read, in the body that all are read from. */
interface Within {
  readonly at: number;
  readonly end: number;
  readonly depth: number;
  readonly texts: RecentTexts;
  readonly ids: RecentIds;
}

/** Names that are told apart without making a string of what is compared with them. */
export interface NameTable {
  find(bytes: Buffer, at: number, length: number): string | undefined;
}

/**
 * Reads the protobuf wire format: fields of one message between two offsets, with no copy of what is skipped. Every length
 * is checked against the end of its own message before it is used.
 */
export class WireReader {
  readonly bytes: Buffer;
  #at: number;
  #end: number;
  #depth: number;
  readonly #texts: RecentTexts;
  readonly #ids: RecentIds;

  constructor(bytes: Buffer, within: Within = wholeOf(bytes)) {
    if (within.depth > DEPTH_MAX) throw new WireError(`messages nested more than ${DEPTH_MAX} deep`);
    this.bytes = bytes;
    this.#at = within.at;
    this.#end = within.end;
    this.#depth = within.depth;
    this.#texts = within.texts;
    this.#ids = within.ids;
  }

  /** The next field's tag, `number << 3 | wire type`; 0 at the end. */
  next(): number {
    return this.#at >= this.#end ? 0 : this.varint();
  }

  /** At most 2^53: what is longer loses its low bits, as no count that we read is. */
  varint(): number {
    const first = this.bytes[this.#at] ?? 0;
    if (first < 0x80 && this.#at < this.#end) {
      this.#at += 1;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 10; read += 1) {
      if (this.#at >= this.#end) throw new WireError(`a number is cut off at byte ${this.#at}`);
      const byte = this.bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new WireError(`a number is too long at byte ${this.#at}`);
  }

  /** Of an `int64`: a negative number comes as ten bytes, whose sign only all 64 bits can tell. */
  signed(): number {
    const from = this.#at;
    const value = this.varint();
    if (this.#at - from < 10) return value;
    let bits = 0n;
    for (let at = this.#at - 1; at >= from; at -= 1) bits = bits * 128n + BigInt((this.bytes[at] ?? 0) & 0x7f);
    return Number(BigInt.asIntN(64, bits));
  }

  /** Of 64 bits of nanoseconds the whole microseconds, exact until the year 2262. */
  microsOfNanos(): number {
    const at = this.#take(8);
    const low = this.bytes.readUInt32LE(at);
    const high = this.bytes.readUInt32LE(at + 4);
    // 2^32 is 4,294,967 thousands and 296.
    return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#take(8));
  }

  message(): WireReader {
    const length = this.varint();
    const at = this.#take(length);
    const [texts, ids] = [this.#texts, this.#ids];
    return new WireReader(this.bytes, { at, end: at + length, depth: this.#depth + 1, texts, ids });
  }

  /** Reads on inside the message that stands here. `leave` is given what this gives, and goes on behind it. */
  enter(): number {
    const outer = this.#end;
    const length = this.varint();
    const at = this.#take(length);
    if (this.#depth === DEPTH_MAX) throw new WireError(`messages nested more than ${DEPTH_MAX} deep`);
    this.#depth += 1;
    this.#at = at;
    this.#end = at + length;
    return outer;
  }

  /** What is left of the message is passed over. */
  leave(outer: number): void {
    this.#depth -= 1;
    this.#at = this.#end;
    this.#end = outer;
  }

  /** The text where it is one of these names; undefined for every other, which is passed over. */
  nameIn(table: NameTable): string | undefined {
    const length = this.varint();
    return table.find(this.bytes, this.#take(length), length);
  }

  /** At most the first `most` bytes. */
  textStart(most: number): string {
    const length = this.varint();
    const at = this.#take(length);
    return this.#texts.read(this.bytes, at, Math.min(length, most));
  }

  /** Undefined when the text is longer than `most`, and passed over. */
  textUpTo(most: number): string | undefined {
    const length = this.varint();
    const at = this.#take(length);
    return length > most ? undefined : this.#texts.read(this.bytes, at, length);
  }

  hex(): string {
    const length = this.varint();
    const at = this.#take(length);
    return this.bytes.toString("hex", at, at + length);
  }

  /** Of an id that stands in many messages: each gets the very same text. */
  repeatedHex(): string {
    const length = this.varint();
    return this.#ids.read(this.bytes, this.#take(length), length);
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.varint();
        return;
      case 1:
        this.#take(8);
        return;
      case 2:
        this.#take(this.varint());
        return;
      case 5:
        this.#take(4);
        return;
      default:
        throw new WireError(`no wire type ${tag & 7} at byte ${this.#at}`);
    }
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new WireError(`a field of ${length} bytes is cut off at byte ${at}`);
    this.#at = at + length;
    return at;
  }
}

function wholeOf(bytes: Buffer): Within {
  return { at: 0, end: bytes.length, depth: 0, texts: new RecentTexts(), ids: new RecentIds() };
}
