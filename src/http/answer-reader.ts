import { readAnswerHead } from "./answer-head.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { HeldHead } from "./held-head.ts";
import { hasTooManyFields } from "./read-fields.ts";

/** Told what an answer consists of, in order. */
export interface AnswerSink {
  /** `fields` flat: name, value, name, value, as they came. */
  head(status: number, fields: readonly string[]): void;
  data(chunk: Buffer): void;
  end(trailers: readonly string[]): void;
}

// `103 Early Hints` comes once or twice; who sends them without end would keep us reading.
const INFORMATIONAL_MAX = 16;

/** Reads one answer from a connection's bytes. */
export class AnswerReader {
  /** done: the answer is whole. broken: it cannot be read, and the connection is good for nothing more. */
  state: "head" | "body" | "done" | "broken" = "head";
  /** Of one that is broken: its head is longer than is read. */
  isHeadTooLarge = false;
  /** The connection may carry another request, once the answer is done. */
  keepsAlive = false;
  keptMs: number | undefined;
  readonly #sink: AnswerSink;
  readonly #head = new HeldHead();
  #chunks: ChunkedBody | undefined;
  /** Bytes of the body that are still to come; Infinity when it ends with the connection. */
  #left = 0;
  #informational = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (this.state === "head") {
      const read = this.#head.push(rest);
      if (read.type === "wait") return;
      if (read.type !== "head" || !this.#begin(read.text)) {
        this.state = "broken";
        this.isHeadTooLarge = read.type === "too-large" || (read.type === "head" && hasTooManyFields(read.text));
        return;
      }
      rest = read.rest;
      if (this.state === "head" && rest.length === 0) return;
    }
    if (this.state !== "body") {
      // What nobody asked for: on the next request it would pass for its answer.
      if (rest.length > 0) this.keepsAlive = false;
      return;
    }
    this.#take(rest);
  }

  /** The server has closed its side. */
  finish(): void {
    if (this.state === "body" && this.#left === Infinity) this.#end([]);
    else if (this.state !== "done") this.state = "broken";
  }

  #begin(text: string): boolean {
    const head = readAnswerHead(text);
    if (head === undefined || head.status === 101) return false;
    if (head.status < 200) {
      this.#informational += 1;
      return this.#informational <= INFORMATIONAL_MAX;
    }
    this.keepsAlive = head.keepsAlive;
    this.keptMs = head.keptMs;
    if (head.body === "chunked") this.#chunks = new ChunkedBody();
    this.#left = head.body === "until-close" ? Infinity : head.body === "chunked" ? 0 : head.body;
    this.state = "body";
    this.#sink.head(head.status, head.fields);
    if (head.body === 0) this.#end([]);
    return true;
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const chunks = this.#chunks;
    if (chunks !== undefined) {
      const piece = chunks.push(bytes, 0);
      if (piece.length > 0) this.#sink.data(piece);
      if (chunks.isBroken) this.state = "broken";
      else if (chunks.isDone) this.#endWith(chunks.trailers, bytes.length - chunks.end);
      return;
    }
    const mine = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= mine.length;
    this.#sink.data(mine);
    if (this.#left === 0) this.#endWith([], bytes.length - mine.length);
  }

  #endWith(trailers: readonly string[], extra: number): void {
    if (extra > 0) this.keepsAlive = false;
    this.#end(trailers);
  }

  #end(trailers: readonly string[]): void {
    this.state = "done";
    this.#sink.end(trailers);
  }
}
