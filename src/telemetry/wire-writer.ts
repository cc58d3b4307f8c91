const FIRST_BYTES = 4 * 1024;

/**
 * Protobuf's wire format, written from its end to its beginning: the length of a message is known once it is written, and
 * stands before it. So whoever writes says the last field first.
 */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = FIRST_BYTES;

  /** What was written, and begins anew. */
  take(): Buffer {
    const written = Buffer.from(this.#bytes.subarray(this.#at));
    this.#at = this.#bytes.length;
    return written;
  }

  message(field: number, write: () => void): void {
    const end = this.#length;
    write();
    this.#varint(this.#length - end);
    this.#tag(field, 2);
  }

  bytes(field: number, value: Buffer): void {
    this.#make(value.length);
    value.copy(this.#bytes, this.#at);
    this.#varint(value.length);
    this.#tag(field, 2);
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#make(length);
    this.#bytes.write(value, this.#at);
    this.#varint(length);
    this.#tag(field, 2);
  }

  /** Negative numbers in two's complement of 64 bits, as `int64` has it. */
  integer(field: number, value: bigint): void {
    if (value >= 0n && value < 0x7fff_ffffn) this.#varint(Number(value));
    else this.#longVarint(BigInt.asUintN(64, value));
    this.#tag(field, 0);
  }

  fixed64(field: number, value: bigint): void {
    this.#eight(value);
    this.#tag(field, 1);
  }

  double(field: number, value: number): void {
    this.#double(value);
    this.#tag(field, 1);
  }

  packedFixed64(field: number, values: readonly bigint[]): void {
    this.message(field, () => {
      for (const value of values.toReversed()) this.#eight(value);
    });
  }

  packedDoubles(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values.toReversed()) this.#double(value);
    });
  }

  get #length(): number {
    return this.#bytes.length - this.#at;
  }

  #eight(value: bigint): void {
    this.#make(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  #double(value: number): void {
    this.#make(8);
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    const length = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
    this.#make(length);
    let rest = value;
    for (let place = this.#at; place < this.#at + length - 1; place += 1) {
      this.#bytes[place] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at + length - 1] = rest;
  }

  #longVarint(value: bigint): void {
    const parts: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) parts.push(Number(rest & 0x7fn) | 0x80);
    parts.push(Number(rest));
    this.#make(parts.length);
    for (const [index, part] of parts.entries()) this.#bytes[this.#at + index] = part;
  }

  /** Room for so many bytes before what is written. */
  #make(bytes: number): void {
    if (bytes > this.#at) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
      this.#bytes.copy(larger, larger.length - this.#length, this.#at);
      this.#at += larger.length - this.#bytes.length;
      this.#bytes = larger;
    }
    this.#at -= bytes;
  }
}
