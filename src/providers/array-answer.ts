import { type AnswerFacts } from "#inference";
import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT, plainEnd, QUOTE } from "./json-bytes.ts";
import { SseFrame } from "./sse-frame.ts";
import { FRAME_BYTES_MAX } from "./sse-scan.ts";
import { type FrameReading } from "./stream-answer.ts";
import { type AnswerReader } from "./wire-format.ts";

const EMPTY = Buffer.alloc(0);

/**
 * Reads a stream that is one JSON array, an element at a time; whole elements go on as they came, each with what stands
 * in front of it, so that an error of ours may follow as one more element wherever the array was cut.
 */
export class ArrayAnswer implements AnswerReader {
  readonly #reading: FrameReading;
  readonly #frame = new SseFrame();
  #held: Buffer[] = [];
  #heldBytes = 0;
  #missedElement = false;
  #depth = 0;
  /** Depth at which elements stand: 1 in an array, 0 for an error that comes without one. */
  #elementDepth: 0 | 1 | undefined;
  #isInString = false;
  #isEscaped = false;
  /** Where the open element starts, counted from the first byte that is held; -1 outside of elements. */
  #start = -1;

  constructor(reading: FrameReading) {
    this.#reading = reading;
  }

  get hasSpoken(): boolean {
    return this.#elementDepth !== undefined;
  }

  get hasContent(): boolean {
    return this.#reading.notes.hasContent;
  }

  get nextSequence(): number {
    return this.#reading.notes.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    const elements: { readonly from: number; readonly to: number }[] = [];
    const before = this.#heldBytes;
    let whole = 0;
    let at = 0;
    while (at < chunk.length) {
      at = this.#step(chunk, at);
      if (this.#start >= 0 && this.#depth === this.#elementDepth && !this.#isInString) {
        elements.push({ from: this.#start, to: before + at });
        this.#start = -1;
        whole = at;
      }
      if (this.#depth === 0) whole = at;
    }
    const bytes = this.#take(chunk, whole);
    for (const { from, to } of elements) if (from < to) this.#readElement(bytes, from, to);
    if (this.#heldBytes > FRAME_BYTES_MAX) return this.#giveUp();
    return bytes;
  }

  finish(): Buffer {
    if (this.#depth === 0) this.#reading.endBody();
    return EMPTY;
  }

  facts(): AnswerFacts {
    const facts = this.#reading.notes.facts();
    return this.#missedElement ? { ...facts, usage: undefined } : facts;
  }

  #step(chunk: Buffer, at: number): number {
    if (this.#isEscaped) {
      this.#isEscaped = false;
      return at + 1;
    }
    if (this.#isInString) return this.#inString(chunk, at);
    const byte = chunk[at];
    if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte, at);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth -= 1;
    return at + 1;
  }

  #inString(chunk: Buffer, from: number): number {
    const at = plainEnd(chunk, from);
    if (at === chunk.length) return at;
    if (chunk[at] === QUOTE) this.#isInString = false;
    else if (chunk[at] === BACKSLASH) this.#isEscaped = true;
    return at + 1;
  }

  #open(byte: number, at: number): void {
    this.#elementDepth ??= byte === OPEN_ARRAY ? 1 : 0;
    if (this.#depth === this.#elementDepth && this.#start < 0) this.#start = this.#heldBytes + at;
    this.#depth += 1;
  }

  /** Gives out everything up to `whole` and holds the rest. */
  #take(chunk: Buffer, whole: number): Buffer {
    if (whole === 0) {
      this.#hold(chunk);
      return EMPTY;
    }
    const ready = chunk.subarray(0, whole);
    const bytes = this.#heldBytes === 0 ? ready : Buffer.concat([...this.#held, ready]);
    if (this.#start >= 0) this.#start -= this.#heldBytes + whole;
    this.#held = [];
    this.#heldBytes = 0;
    if (whole < chunk.length) this.#hold(chunk.subarray(whole));
    return whole === chunk.length && bytes.length === chunk.length ? chunk : bytes;
  }

  #hold(piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #readElement(bytes: Buffer, from: number, to: number): void {
    this.#frame.put(bytes, from, to);
    this.#reading.readFrame(this.#frame);
  }

  /** An element that is too long goes on in pieces and is not read. */
  #giveUp(): Buffer {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#missedElement = true;
    this.#start = -1;
    return bytes;
  }
}
