const PLACES = 1024;
const LETTERS_MAX = 64;

interface HeldText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Texts read lately, each once: spans say the same few words thousands of times. Finding one costs a quarter of making a
 * string, and what is kept of a span is smaller for it. A text that comes anew takes the place of one that stood there.
 */
export class RecentTexts {
  readonly #texts: (HeldText | undefined)[] = Array.from({ length: PLACES });

  /** The bytes as UTF-8. */
  read(bytes: Buffer, at: number, length: number): string {
    if (length > LETTERS_MAX) return bytes.toString("utf8", at, at + length);
    let sum = length;
    for (let index = at; index < at + length; index += 1) sum = (Math.imul(sum, 31) + (bytes[index] ?? 0)) | 0;
    const place = (sum ^ (sum >>> 12)) & (PLACES - 1);
    const held = this.#texts[place];
    if (held !== undefined && isHere(bytes, { at, length }, held.bytes)) return held.text;
    const text = bytes.toString("utf8", at, at + length);
    this.#texts[place] = { bytes: Uint8Array.prototype.slice.call(bytes, at, at + length), text };
    return text;
  }
}

function isHere(
  bytes: Buffer,
  { at, length }: { readonly at: number; readonly length: number },
  known: Uint8Array,
): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== known[index]) return false;
  return true;
}
