const PLACES = 64;
const BYTES_MAX = 16;

interface HeldId {
  /** Where it stands in the body. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

/** Ids of one body read lately, each once: all spans of a trace name it, and most of them the same parent. */
export class RecentIds {
  readonly #ids: (HeldId | undefined)[] = Array.from({ length: PLACES });

  /** The bytes in lower-case hex digits. */
  read(bytes: Buffer, at: number, length: number): string {
    if (length === 0 || length > BYTES_MAX) return bytes.toString("hex", at, at + length);
    // Ids are drawn by lot: any byte of theirs tells them apart, and those made by counting differ in the last.
    const place = ((bytes[at + length - 1] ?? 0) ^ (bytes[at] ?? 0)) & (PLACES - 1);
    const held = this.#ids[place];
    if (held !== undefined && held.length === length && isSame(bytes, held.at, at, length)) return held.text;
    const text = bytes.toString("hex", at, at + length);
    this.#ids[place] = { at, length, text };
    return text;
  }
}

function isSame(bytes: Buffer, one: number, other: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index -= 1) if (bytes[one + index] !== bytes[other + index]) return false;
  return true;
}
