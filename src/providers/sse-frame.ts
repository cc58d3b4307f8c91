import { OPEN_OBJECT } from "./json-bytes.ts";
import { breakFrom } from "./sse-scan.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DATA = Buffer.from("data:");
const EVENT = Buffer.from("event:");
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The fields of one server-sent event, as byte ranges where they can be. One object serves all frames of a stream. */
export class SseFrame {
  event: string | undefined;
  /** Holds the data; several `data:` lines are joined, so then it is a copy. */
  data: Buffer = Buffer.alloc(0);
  from = 0;
  to = 0;
  /** The data stands in the stream as it is read, so that bytes may be cut out of it. */
  isInPlace = false;

  read(bytes: Buffer, from: number, to: number): void {
    this.put(bytes, 0, 0);
    const at = startsWith(bytes, from, BYTE_ORDER_MARK) ? from + BYTE_ORDER_MARK.length : from;
    // Some providers break off with an error in plain JSON.
    if (bytes[at] === OPEN_OBJECT) this.put(bytes, at, to);
    else this.#readLines(bytes, at, to);
  }

  /** Data that stands by itself, without a field name. */
  put(bytes: Buffer, from: number, to: number): void {
    this.event = undefined;
    this.data = bytes;
    this.from = from;
    this.to = to;
    this.isInPlace = true;
  }

  #readLines(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const end = Math.min(breakFrom(bytes, at), to);
      this.#readLine(bytes, at, end);
      at = end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1);
    }
  }

  get isEmpty(): boolean {
    return this.from === this.to;
  }

  is(text: string): boolean {
    return this.to - this.from === text.length && this.data.toString("latin1", this.from, this.to) === text;
  }

  #readLine(bytes: Buffer, from: number, to: number): void {
    if (startsWith(bytes, from, DATA)) this.#addData(bytes, valueStart(bytes, from + DATA.length, to), to);
    else if (startsWith(bytes, from, EVENT)) {
      this.event = bytes.toString("utf8", valueStart(bytes, from + EVENT.length, to), to);
    }
  }

  #addData(bytes: Buffer, from: number, to: number): void {
    if (this.isEmpty) {
      this.from = from;
      this.to = to;
      return;
    }
    this.isInPlace = false;
    this.data = Buffer.concat([this.data.subarray(this.from, this.to), Buffer.from("\n"), bytes.subarray(from, to)]);
    this.from = 0;
    this.to = this.data.length;
  }
}

function startsWith(bytes: Buffer, from: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index += 1) if (bytes[from + index] !== name[index]) return false;
  return true;
}

function valueStart(bytes: Buffer, from: number, to: number): number {
  return from < to && bytes[from] === SPACE ? from + 1 : from;
}
