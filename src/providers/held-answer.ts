import { type AnswerFacts } from "#inference";
import { type AnswerReader } from "./wire-format.ts";

/** How an answer that comes whole is said to a client of another format. */
export interface HeldSaying {
  readonly status: number;
  readonly bytesMax: number;
  /** Undefined where the body is not what was asked for. */
  readonly say: (body: Buffer, facts: AnswerFacts) => string | undefined;
  /** Why there is none, in English. */
  readonly nothing: string;
  readonly fail: (status: number, body: Buffer) => string;
}

/** Holds an answer until it is whole and says it in the client's format; errors likewise. */
export class HeldAnswerReader implements AnswerReader {
  readonly nextSequence = 0;
  readonly #reader: AnswerReader;
  readonly #saying: HeldSaying;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #hasFailed = false;

  constructor(reader: AnswerReader, saying: HeldSaying) {
    this.#reader = reader;
    this.#saying = saying;
  }

  get hasSpoken(): boolean {
    return this.#reader.hasSpoken;
  }

  get hasContent(): boolean {
    return this.#reader.hasContent;
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#reader.push(chunk);
    this.#bytes += bytes.length;
    if (this.#bytes <= this.#saying.bytesMax) this.#chunks.push(bytes);
    else this.#chunks.length = 0;
    return Buffer.alloc(0);
  }

  finish(): Buffer {
    this.#chunks.push(this.#reader.finish());
    const { status, nothing, say, fail } = this.#saying;
    const body = Buffer.concat(this.#chunks);
    const said = status < 400 ? say(body, this.#reader.facts()) : undefined;
    if (said !== undefined) return Buffer.from(said);
    this.#hasFailed = true;
    return Buffer.from(status >= 400 ? fail(status, body) : fail(502, Buffer.from(nothing)));
  }

  facts(): AnswerFacts {
    const facts = this.#reader.facts();
    return this.#hasFailed ? { ...facts, end: "error" } : facts;
  }
}

/** The JSON in a body that a provider sent; undefined where it is none. */
export function parsedAnswer(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
