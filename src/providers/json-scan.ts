import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isHex,
  type Literal,
  LITERALS,
  NUMBER_ENDS,
  isNumberByte,
  numberNext,
  OPEN_ARRAY,
  OPEN_OBJECT,
  plainEnd,
  QUOTE,
  SHORT_ESCAPE,
  unescaped,
  WHITE,
} from "./json-bytes.ts";
import { JsonFindings, type JsonKind, type JsonProblem, type JsonScanOptions } from "./json-findings.ts";
import { JsonLevel } from "./json-level.ts";
import { findExact, findFolded, findKey, type JsonPaths, type KeyEntry, mayFold, type PathNode } from "./json-paths.ts";
import { KEPT_BYTES_MAX, KeptText } from "./kept-text.ts";

/** Nesting that we read; deeper documents are refused before any other reader sees them. */
export const DEPTH_MAX = 64;

const VALUE = 0;
const FIRST_ELEMENT = 1;
const FIRST_KEY = 2;
const KEY = 3;
const AFTER_KEY = 4;
const AFTER_VALUE = 5;
const END = 6;
const IN_STRING = 7;
const IN_KEY = 8;
const IN_NUMBER = 9;
const IN_LITERAL = 10;
const BROKEN = 11;
const NOT_AN_OBJECT = "the top level is not an object";
const NOTHING = Buffer.alloc(0);

/**
 * Reads JSON (RFC 8259) byte by byte in one pass, in as many pieces as it comes, and remembers where the wanted places
 * are and what stands there. Memory is bounded by what is wanted, not by the document.
 */
export class JsonScan {
  readonly found: JsonFindings;
  /** Bytes of the strings at the places that were declared as content. */
  contentBytes = 0;
  problem: JsonProblem | undefined = undefined;

  readonly #paths: JsonPaths;
  readonly #options: JsonScanOptions;

  #state = VALUE;
  /** Bytes in earlier pieces. */
  #before = 0;
  #chunk: Buffer = NOTHING;
  readonly #document = new JsonLevel(undefined);
  #level = this.#document;
  #node: PathNode | undefined;
  /** Of the object or array that was closed last. */
  #children = 0;
  #valueStart = 0;
  #keyStart = 0;
  /** 0 outside an escape, -1 after the backslash, then the hexadecimal digits still to come. */
  #escape = 0;
  #isOddKey = false;
  #numberState = 0;
  #literal: Literal | undefined;
  #literalAt = 0;
  readonly #kept: KeptText;

  constructor(paths: JsonPaths, options: JsonScanOptions) {
    this.#paths = paths;
    this.#options = options;
    // A request is at hand as a whole, so that keeping its text costs nothing.
    this.#kept = new KeptText(options.isStrict ? Infinity : KEPT_BYTES_MAX);
    this.#node = paths.root;
    this.found = new JsonFindings();
  }

  /** Makes the scan ready for another document. */
  reset(): void {
    this.contentBytes = 0;
    this.problem = undefined;
    this.found.reset();
    this.#state = VALUE;
    this.#before = 0;
    this.#level = this.#document;
    this.#node = this.#paths.root;
    this.#escape = 0;
    this.#kept.drop();
  }

  /** Takes the next piece, from `from` up to `to`. False once the document is known to be broken. */
  push(chunk: Buffer, from = 0, to = chunk.length): boolean {
    if (this.#state === BROKEN) return false;
    const piece = from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);
    this.#chunk = piece;
    let at = 0;
    while (at < piece.length) at = this.#step(piece, at);
    if (this.#state === IN_KEY && this.#level.node?.keys !== undefined) this.#kept.from = this.#keyStart;
    this.#kept.endPiece(piece, this.#before);
    this.#before += piece.length;
    return this.problem === undefined;
  }

  /** True when the document is whole; otherwise `problem` says why not. */
  finish(): boolean {
    if (this.#state === IN_NUMBER && this.#level === this.#document) this.#endNumber(0);
    if (this.problem === undefined && this.#state !== END) {
      this.#before -= this.#chunk.length;
      this.#fail(this.#chunk.length, "ends before it is complete");
    }
    return this.problem === undefined;
  }

  /** The document has ended, and only white space may follow. */
  get isWhole(): boolean {
    return this.#state === END;
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case IN_STRING:
      case IN_KEY:
        return this.#readString(chunk, at);
      case IN_NUMBER:
        return this.#readNumber(chunk, at);
      case IN_LITERAL:
        return this.#readLiteral(chunk, at);
      case BROKEN:
        return chunk.length;
      default:
        return this.#readBetween(chunk, at);
    }
  }

  #readBetween(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && WHITE[chunk[at] ?? 0] === 1) at += 1;
    if (at === chunk.length) return at;
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case VALUE:
        return this.#beginValue(byte, at);
      case AFTER_VALUE:
        return this.#afterValue(byte, at);
      case AFTER_KEY:
        if (byte !== COLON) return this.#fail(at, "expected a colon");
        this.#state = VALUE;
        return at + 1;
      case END:
        return this.#fail(at, "more than one value");
      default:
        return this.#beginChild(byte, at);
    }
  }

  /** The first element or any key of a container, or its end. */
  #beginChild(byte: number, at: number): number {
    if (this.#state === FIRST_ELEMENT) return byte === CLOSE_ARRAY ? this.#close(at) : this.#beginValue(byte, at);
    if (byte === QUOTE) return this.#beginKey(at);
    return byte === CLOSE_OBJECT && this.#state === FIRST_KEY ? this.#close(at) : this.#fail(at, "expected a key");
  }

  #afterValue(byte: number, at: number): number {
    const { isObject, node } = this.#level;
    if (byte === COMMA) {
      if (isObject) {
        this.#state = KEY;
        return this.#chunk[at + 1] === QUOTE ? this.#beginKey(at + 1) : at + 1;
      }
      this.#state = VALUE;
      this.#node = node?.each;
      return at + 1;
    }
    if (byte === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return this.#close(at);
    return this.#fail(at, isObject ? "expected a comma or }" : "expected a comma or ]");
  }

  #beginValue(byte: number, at: number): number {
    this.#valueStart = this.#before + at;
    this.#level.children += 1;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#open(byte, at);
    if (this.#level === this.#document && this.#options.isStrict) return this.#fail(at, NOT_AN_OBJECT);
    this.#keepIfWanted();
    if (byte === QUOTE) {
      this.#state = IN_STRING;
      return this.#readString(this.#chunk, at + 1);
    }
    if (isNumberByte(byte)) {
      this.#state = IN_NUMBER;
      this.#numberState = 0;
      return this.#readNumber(this.#chunk, at);
    }
    this.#literal = LITERALS.get(byte);
    if (this.#literal === undefined) return this.#fail(at, "expected a value");
    this.#state = IN_LITERAL;
    this.#literalAt = 1;
    return this.#readLiteral(this.#chunk, at + 1);
  }

  #open(byte: number, at: number): number {
    const isObject = byte === OPEN_OBJECT;
    const outer = this.#level;
    if (outer.depth === DEPTH_MAX) return this.#break({ type: "too_deep", at: this.#before + at });
    if (outer === this.#document && !isObject && this.#options.isStrict) return this.#fail(at, NOT_AN_OBJECT);
    const node = this.#node;
    if (node?.isLeaf === true) this.#keepIfWanted();
    const level = outer.open(node, isObject);
    level.start = this.#valueStart;
    level.keyStart = this.#keyStart;
    this.#level = level;
    this.#state = isObject ? FIRST_KEY : FIRST_ELEMENT;
    this.#node = isObject ? undefined : node?.each;
    return at + 1;
  }

  #close(at: number): number {
    const level = this.#level;
    this.#valueStart = level.start;
    this.#keyStart = level.keyStart;
    this.#children = level.children;
    this.#node = level.node;
    this.#level = level.outer ?? this.#document;
    this.#endValue(at + 1, level.isObject ? "object" : "array");
    return at + 1;
  }

  #endValue(at: number, kind: JsonKind): void {
    const node = this.#node;
    if (node !== undefined) this.#record(node, at, kind);
    this.#state = this.#level === this.#document ? END : AFTER_VALUE;
  }

  #record(node: PathNode, at: number, kind: JsonKind): void {
    const end = this.#before + at;
    if (node.isContent && kind === "string") this.contentBytes += this.found.noteContent(this.#valueStart, end);
    const slot = node.slot;
    if (slot < 0) return;
    const place = this.found.placeAt(slot);
    place.kind = kind;
    place.start = this.#valueStart;
    place.end = end;
    place.keyStart = this.#keyStart;
    place.children = this.#children;
    if (this.#kept.from === this.#valueStart) {
      place.text = this.#kept.take(this.#chunk, this.#before, at);
      place.textStart = this.#kept.start;
    }
    if (node.isRepeated) this.#options.each?.(slot, this.found);
  }

  #keepIfWanted(): void {
    const node = this.#node;
    if (node !== undefined && node.slot >= 0 && this.#kept.from < 0) this.#kept.from = this.#valueStart;
  }

  #beginKey(at: number): number {
    this.#state = IN_KEY;
    this.#isOddKey = false;
    this.#keyStart = this.#before + at;
    return this.#readString(this.#chunk, at + 1);
  }

  #readString(chunk: Buffer, from: number): number {
    let at = this.#escape === 0 ? from : this.#readEscape(chunk, from);
    if (this.#escape !== 0) return at;
    for (;;) {
      at = plainEnd(chunk, at);
      if (at === chunk.length) return at;
      const byte = chunk[at];
      if (byte === QUOTE) return this.#endString(at + 1);
      if (byte !== BACKSLASH) return this.#fail(at, "control character in a string");
      this.#isOddKey = true;
      if (at + 1 === chunk.length || SHORT_ESCAPE[chunk[at + 1] ?? 0] !== 1) break;
      at += 2;
    }
    this.#escape = -1;
    return at + 1;
  }

  #readEscape(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#escape === -1) {
      const byte = chunk[at] ?? 0;
      if (byte !== 0x75 && SHORT_ESCAPE[byte] !== 1) return this.#fail(at, "unknown escape in a string");
      this.#escape = byte === 0x75 ? 4 : 0;
      at += 1;
    }
    while (this.#escape > 0 && at < chunk.length) {
      if (!isHex(chunk[at] ?? 0)) return this.#fail(at, "unknown escape in a string");
      this.#escape -= 1;
      at += 1;
    }
    return at;
  }

  #endString(at: number): number {
    if (this.#state === IN_STRING) this.#endValue(at, "string");
    else this.#endKey(at);
    if (this.#state === BROKEN) return this.#chunk.length;
    // Most keys have their colon right behind them.
    if (this.#state !== AFTER_KEY || this.#chunk[at] !== COLON) return at;
    this.#state = VALUE;
    return at + 1;
  }

  #endKey(at: number): void {
    this.#state = AFTER_KEY;
    const keys = this.#level.node?.keys;
    this.#node = undefined;
    if (keys === undefined) return;
    // Most keys stand in one piece; of the others the beginning was kept.
    const isHere = this.#kept.from < 0;
    const text = isHere ? this.#chunk : this.#kept.take(this.#chunk, this.#before, at);
    if (text === undefined) return;
    const start = isHere ? this.#keyStart - this.#before + 1 : this.#kept.start + 1;
    const end = start + this.#before + at - this.#keyStart - 2;
    if (!this.#isOddKey) {
      const entry = findKey(keys, text, start, end);
      if (entry !== undefined) return this.#takeKey(entry);
      if (!this.#options.isStrict || !mayFold(keys, text, start, end)) return;
    }
    this.#doubtKey(keys, unescaped(text.toString("utf8", start - 1, end + 1)));
  }

  #takeKey(entry: KeyEntry): void {
    const level = this.#level;
    if ((level.seen & entry.bit) !== 0 && this.#options.isStrict) this.#refuse(entry);
    level.seen |= entry.bit;
    this.#node = entry.node;
  }

  /** A key that is not one of ours as it is written may be one in the eyes of another reader. */
  #doubtKey(keys: readonly KeyEntry[][], key: string): void {
    const entry = this.#options.isStrict ? findFolded(keys, key) : findExact(keys, key);
    if (entry === undefined) return;
    if (this.#options.isStrict) this.#refuse(entry);
    else this.#takeKey(entry);
  }

  #refuse(entry: KeyEntry): void {
    this.#break({ type: "ambiguous_field", field: entry.node.name, at: this.#keyStart });
  }

  #readNumber(chunk: Buffer, from: number): number {
    let at = from;
    let state = this.#numberState;
    while (at < chunk.length) {
      const next = numberNext(state, chunk[at] ?? 0);
      if (next < 0) break;
      state = next;
      at += 1;
    }
    this.#numberState = state;
    return at === chunk.length ? at : this.#endNumber(at);
  }

  #endNumber(at: number): number {
    if (NUMBER_ENDS[this.#numberState] !== true) return this.#fail(at, "malformed number");
    this.#endValue(at, "number");
    return at;
  }

  #readLiteral(chunk: Buffer, from: number): number {
    let at = from;
    const literal = this.#literal;
    if (literal === undefined) return this.#fail(at, "expected a value");
    while (at < chunk.length && this.#literalAt < literal.bytes.length) {
      if (chunk[at] !== literal.bytes[this.#literalAt]) return this.#fail(at, "expected a value");
      this.#literalAt += 1;
      at += 1;
    }
    if (this.#literalAt === literal.bytes.length) this.#endValue(at, literal.kind);
    return at;
  }

  #fail(at: number, detail: string): number {
    return this.#break({ type: "invalid_json", at: this.#before + at, detail });
  }

  #break(problem: JsonProblem): number {
    this.problem = problem;
    this.#state = BROKEN;
    this.#kept.drop();
    return this.#chunk.length;
  }
}
