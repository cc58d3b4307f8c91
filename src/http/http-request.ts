import { fieldIn } from "./read-fields.ts";
import { type RequestHead } from "./request-head.ts";

/** Told what a request's body consists of: data*, then end or broken, exactly one of the two and only once. */
export interface BodySink {
  data(chunk: Buffer): void;
  end(): void;
  /** The connection is gone, or what came is no body. */
  broken(): void;
}

/** The side of a connection that a request may turn. */
interface Flow {
  pause(): void;
  resume(): void;
}

// Headers that say nothing more when they come again; of all others the values are joined (as `node:http` does it).
const FIRST_COUNTS: ReadonlySet<string> = new Set([
  "authorization",
  "content-type",
  "from",
  "if-modified-since",
  "if-unmodified-since",
  "max-forwards",
  "proxy-authorization",
  "referer",
  "user-agent",
]);

/** One request: its head, and its body as it comes. */
export class HttpRequest {
  readonly method: string;
  /** Flat: name, value, name, value; names in lower case. */
  readonly fields: readonly string[];
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** The same for all requests of a connection whose heads differ in nothing but values that vary; undefined for a first one. */
  readonly repeats: RequestHead | undefined;
  /** Path and query. */
  target: string;
  /** The last byte of the body has come. */
  isComplete = false;
  /** The body has ended before it was complete. */
  isBroken = false;
  readonly #flow: Flow;
  #sink: BodySink | undefined;
  /** What came before anybody asked for it; the connection waits meanwhile. */
  #early: Buffer[] = [];

  constructor(head: RequestHead, flow: Flow) {
    this.method = head.method;
    this.target = head.target;
    this.fields = head.fields;
    this.expectsContinue = head.expectsContinue;
    this.repeats = head.repeats;
    this.#flow = flow;
  }

  /** By its lower-case name; the values of a header that came several times are joined by commas. */
  header(name: string): string | undefined {
    const { fields } = this;
    let value: string | undefined;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      if (fields[index] !== name) continue;
      if (value === undefined) value = fields[index + 1];
      else if (!FIRST_COUNTS.has(name)) value += `, ${fields[index + 1]}`;
    }
    return value;
  }

  /** The body's length as it was told; undefined when it comes in chunks. */
  get length(): number | undefined {
    if (fieldIn(this.fields, "transfer-encoding") !== undefined) return undefined;
    return Number(fieldIn(this.fields, "content-length") ?? 0);
  }

  /** More is to come, and nobody takes what has come. */
  get isHeldUp(): boolean {
    return !this.isComplete && this.#early.length > 0;
  }

  /** Who read before is told that it broke off. */
  read(sink: BodySink): void {
    const before = this.#sink;
    this.#sink = sink;
    before?.broken();
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) sink.data(chunk);
    if (this.isComplete) sink.end();
    else if (this.isBroken) sink.broken();
    else this.#flow.resume();
  }

  /** Reads on and keeps nothing, until there is no more. */
  discard(ended: () => void): void {
    this.read({ data: () => undefined, end: ended, broken: ended });
  }

  /** The body piece by piece, no faster than they are taken; throws when it breaks off. */
  async *pieces(): AsyncIterable<Buffer> {
    const queue = new PieceQueue();
    let isWanted = true;
    this.read({
      data: (chunk) => {
        if (!isWanted) return;
        queue.push(chunk);
        this.#flow.pause();
      },
      end: () => queue.end("whole"),
      broken: () => queue.end("broken"),
    });
    try {
      for (;;) {
        const piece = await queue.next();
        if (piece === undefined) return;
        yield piece;
        if (queue.isEmpty) this.#flow.resume();
      }
    } finally {
      isWanted = false;
      this.#flow.resume();
    }
  }

  /** For the connection. */
  take(chunk: Buffer): void {
    if (this.#sink !== undefined) {
      this.#sink.data(chunk);
      return;
    }
    this.#early.push(chunk);
  }

  complete(): void {
    this.isComplete = true;
    this.#sink?.end();
  }

  breakOff(): void {
    if (this.isComplete || this.isBroken) return;
    this.isBroken = true;
    this.#sink?.broken();
  }
}

class PieceQueue {
  readonly #pieces: Buffer[] = [];
  #ending: "whole" | "broken" | undefined;
  #wake: () => void = () => undefined;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  end(ending: "whole" | "broken"): void {
    this.#ending = ending;
    this.#wake();
  }

  async next(): Promise<Buffer | undefined> {
    while (this.#pieces.length === 0 && this.#ending === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#pieces.shift();
    if (piece === undefined && this.#ending === "broken") throw new Error("The request's body has broken off.");
    return piece;
  }
}
