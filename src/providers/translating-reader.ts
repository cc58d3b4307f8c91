import { type AnswerEvent, type AnswerFacts } from "#inference";
import {
  type AnswerDecoding,
  type AnswerEncoding,
  type Conversation,
  type TargetConversation,
} from "./conversation.ts";
import { type AnswerReader } from "./wire-format.ts";

const FAILURE_BYTES_MAX = 1024 * 1024;

/** Relays an answer in another format than it comes in. What it cost is read from the provider's own bytes, as always. */
export class TranslatingReader implements AnswerReader {
  readonly #reader: AnswerReader;
  readonly #decoding: AnswerDecoding;
  readonly #encoding: AnswerEncoding;

  constructor(reader: AnswerReader, decoding: AnswerDecoding, encoding: AnswerEncoding) {
    this.#reader = reader;
    this.#decoding = decoding;
    this.#encoding = encoding;
  }

  get hasSpoken(): boolean {
    return this.#reader.hasSpoken;
  }

  get hasContent(): boolean {
    return this.#reader.hasContent;
  }

  get nextSequence(): number {
    return this.#encoding.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#reader.push(chunk);
    return Buffer.from(this.#said(() => this.#decoding.push(bytes)));
  }

  finish(): Buffer {
    const rest = this.#reader.finish();
    const said = this.#said(() => this.#decoding.push(rest)) + this.#said(() => this.#decoding.finish());
    return Buffer.from(said === "" && this.#encoding.isWhole ? this.#fail("an answer that has no end") : said);
  }

  #fail(what: string): string {
    const message = `The provider sent ${what}, which cannot be translated.`;
    return this.#encoding.push([{ type: "failure", failure: { kind: "upstream", code: undefined, message } }]);
  }

  /** JSON that is nested some thousand deep is read and cannot be written: then the answer ends here. */
  #said(decode: () => readonly AnswerEvent[]): string {
    try {
      return this.#encoding.push(joinPieces(decode()));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#fail("JSON that is nested too deep");
    }
  }

  /** An answer that could not be said is none, whatever the provider says of it. */
  facts(): AnswerFacts {
    const facts = this.#reader.facts();
    return this.#encoding.hasFailed && facts.end !== "error" ? { ...facts, end: "error" } : facts;
  }
}

/**
 * Pieces that came together go on together. A stream of 60 frames that the provider sends at once is so said in one: half
 * the work, and nobody waits.
 */
function joinPieces(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  if (events.length < 2) return events;
  const joined: AnswerEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if ("text" in event && last?.type === event.type && !("logprobs" in event || "logprobs" in last))
      joined[joined.length - 1] = { ...event, text: last.text + event.text };
    else joined.push(event);
  }
  return joined;
}

interface Sides {
  readonly from: TargetConversation;
  readonly to: Conversation;
}

/** Relays an answer with an error status: held until it is whole, then said as the client's format says errors. */
export class TranslatingFailureReader implements AnswerReader {
  readonly nextSequence = 0;
  readonly #reader: AnswerReader;
  readonly #sides: Sides;
  readonly #status: number;
  readonly #call: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    reader: AnswerReader,
    sides: Sides,
    { status, call }: { readonly status: number; readonly call: string },
  ) {
    this.#reader = reader;
    this.#sides = sides;
    this.#status = status;
    this.#call = call;
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
    if (this.#bytes <= FAILURE_BYTES_MAX) this.#chunks.push(bytes);
    return Buffer.alloc(0);
  }

  finish(): Buffer {
    this.#chunks.push(this.#reader.finish());
    const failure = this.#sides.from.decodeFailure(this.#status, Buffer.concat(this.#chunks));
    return Buffer.from(this.#sides.to.encodeFailure({ status: this.#status, failure, call: this.#call }));
  }

  facts(): AnswerFacts {
    return this.#reader.facts();
  }
}
