import { hash } from "node:crypto";

const BITS = 2 ** 27;
const HASHES = 4;
const PAGE_BYTES = 16 * 1024;

/**
 * Says of a name that it was surely never seen, or perhaps was: 16 MiB for all traces that were ever booked, of which one in
 * 250 that is new is asked of the ledger in vain once there are ten million.
 */
export class TraceFilter {
  /** Pages of bits, made when the first of theirs is set. */
  readonly #pages: Uint8Array[] = [];

  add(name: string): void {
    for (const bit of bitsOf(name)) {
      const page = (this.#pages[pageOf(bit)] ??= new Uint8Array(PAGE_BYTES));
      page[byteOf(bit)] = (page[byteOf(bit)] ?? 0) | (1 << (bit & 7));
    }
  }

  mayHold(name: string): boolean {
    return bitsOf(name).every((bit) => ((this.#pages[pageOf(bit)]?.[byteOf(bit)] ?? 0) & (1 << (bit & 7))) !== 0);
  }
}

function bitsOf(name: string): readonly number[] {
  const digest = hash("sha1", name, "buffer");
  return Array.from({ length: HASHES }, (_, index) => digest.readUInt32LE(index * 4) % BITS);
}

function pageOf(bit: number): number {
  return Math.floor(bit / (PAGE_BYTES * 8));
}

function byteOf(bit: number): number {
  return (bit >>> 3) % PAGE_BYTES;
}
