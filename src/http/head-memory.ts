import { readLength } from "./read-fields.ts";
import { type RequestHead } from "./request-head.ts";

// A connection may stay open for hours, and there may be thousands: longer heads are read anew each time.
const KEPT_BYTES_MAX = 2_048;
/** After so many heads that did not repeat the one before, only every so many-th is kept. */
const UNLIKE_MAX = 4;
const KEPT_OF_UNLIKE = 16;
const HEAD_END = "\r\n\r\n";
const CR = 0x0d;
const SPACE = 0x20;
const TILDE = 0x7e;

/** The value of a header that is read anew in each head, where it stands in the bytes of the kept one. */
interface Varying {
  readonly from: number;
  readonly to: number;
  /** Of the value among the fields. */
  readonly index: number;
  readonly isLength: boolean;
}

/**
 * The last head of a connection. Clients send nearly the same one with each request; where all bytes are the same but for the values
 * of a few headers, it is read as the one before was, and only these are looked at.
 */
export class HeadMemory {
  /** Where the head that was recalled last ends, with its empty line. */
  end = 0;
  readonly #varies: (name: string) => boolean;
  #bytes: Buffer | undefined;
  #head: RequestHead | undefined;
  #varying: readonly Varying[] = [];
  #unlike = 0;

  /** `varies`: by its lower-case name, whether a header's value is read anew. */
  constructor(varies: (name: string) => boolean) {
    this.#varies = varies;
  }

  /** The head that these bytes begin with, if it repeats the last one; undefined leaves it to be read. */
  recall(bytes: Buffer): RequestHead | undefined {
    const head = this.#head;
    const kept = this.#bytes;
    if (head === undefined || kept === undefined) return undefined;
    let at = 0;
    let keptAt = 0;
    let { body } = head;
    const fields = [...head.fields];
    for (const { from, to, index, isLength } of this.#varying) {
      if (!isSame({ kept, from: keptAt, to: from }, bytes, at)) return undefined;
      at += from - keptAt;
      const end = plainEnd(bytes, at);
      if (end === undefined) return undefined;
      const value = bytes.toString("latin1", at, end);
      fields[index] = value;
      if (isLength) {
        const length = readLength(value);
        if (length === undefined) return undefined;
        body = length;
      }
      at = end;
      keptAt = to;
    }
    if (!isSame({ kept, from: keptAt, to: kept.length }, bytes, at)) return undefined;
    this.end = at + kept.length - keptAt;
    this.#unlike = 0;
    return { ...head, fields, body, repeats: head };
  }

  /** `text`: the head without its empty line, as it was read. */
  keep(text: string, head: RequestHead): void {
    this.forget();
    this.#unlike += 1;
    const isRare = this.#unlike > UNLIKE_MAX && this.#unlike % KEPT_OF_UNLIKE !== 0;
    if (isRare || text.length > KEPT_BYTES_MAX) return;
    const varying = this.#findVarying(text, head);
    if (varying === undefined) return;
    // In memory of its own: a piece of the pool would keep all of that for as long as the connection is open.
    this.#bytes = Buffer.allocUnsafeSlow(text.length + HEAD_END.length);
    this.#bytes.write(text + HEAD_END, "latin1");
    this.#head = head;
    this.#varying = varying;
  }

  /** A client's key stands in it: nothing stays of it. */
  forget(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
    this.#head = undefined;
  }

  /** Undefined where a value cannot be told from the white space around it. */
  #findVarying(text: string, { fields }: RequestHead): readonly Varying[] | undefined {
    const varying: Varying[] = [];
    let lineEnd = text.indexOf("\r\n");
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const line = lineEnd + 2;
      lineEnd = endOfLine(text, line);
      const name = fields[index] ?? "";
      const value = fields[index + 1] ?? "";
      if (!this.#varies(name)) continue;
      const from = lineEnd - value.length;
      if (value === "" || text.slice(from, lineEnd) !== value) return undefined;
      varying.push({ from, to: lineEnd, index: index + 1, isLength: name === "content-length" });
    }
    return varying;
  }
}

function endOfLine(text: string, from: number): number {
  const feed = text.indexOf("\r\n", from);
  return feed === -1 ? text.length : feed;
}

function isSame(
  { kept, from, to }: { readonly kept: Buffer; readonly from: number; readonly to: number },
  bytes: Buffer,
  at: number,
): boolean {
  const end = at + to - from;
  return end <= bytes.length && bytes.compare(kept, from, to, at, end) === 0;
}

/** Where a value ends that is plain ASCII without white space around it; undefined for any other. */
function plainEnd(bytes: Buffer, from: number): number | undefined {
  let at = from;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? CR;
    if (byte < SPACE || byte > TILDE) break;
  }
  if (at === from || bytes[at] !== CR || bytes[from] === SPACE || bytes[at - 1] === SPACE) return undefined;
  return at;
}
