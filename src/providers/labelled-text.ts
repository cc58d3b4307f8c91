import { type AnswerFacts } from "#inference";
import { AnswerNotes } from "./answer-notes.ts";
import { RawAnswer } from "./whole-answer.ts";
import { type AnswerOptions, type AnswerReader } from "./wire-format.ts";

// What is white for longer than this is not waited for to become JSON.
const WHITE_BYTES_MAX = 64;
const EMPTY = Buffer.alloc(0);

/**
 * Reads an answer whose type is neither JSON nor a stream of events. Proxies and small servers call their JSON plain text or a
 * page, errors above all, so that what is called text is JSON where it begins as such. Files are nobody's to read.
 */
export function readLabelled(options: AnswerOptions, readJson: () => AnswerReader): AnswerReader {
  const raw = new RawAnswer(new AnswerNotes(), options.status);
  const { contentType, operation, stream } = options;
  if (contentType?.toLowerCase().startsWith("text/") !== true || operation === "file") return raw;
  // Of what is made while it is sent, transcripts alone are text.
  const isSent = stream || operation === "transcription";
  return new LabelledText(raw, { readJson, isDocument: !isSent });
}

interface TextOptions {
  readonly readJson: () => AnswerReader;
  /** Of what is no JSON: it does not go on piece by piece. */
  readonly isDocument: boolean;
}

class LabelledText implements AnswerReader {
  readonly #raw: AnswerReader;
  readonly #options: TextOptions;
  /** White space in front of what decides. */
  #white: Buffer = EMPTY;
  #reader: AnswerReader | undefined;

  constructor(raw: AnswerReader, options: TextOptions) {
    this.#raw = raw;
    this.#options = options;
  }

  get #known(): AnswerReader {
    return this.#reader ?? this.#raw;
  }

  get isDocument(): boolean {
    return this.#options.isDocument || this.#known.isDocument === true;
  }

  get hasSpoken(): boolean {
    return this.#known.hasSpoken;
  }

  get hasContent(): boolean {
    return this.#known.hasContent;
  }

  get nextSequence(): number {
    return this.#known.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    if (this.#reader !== undefined) return this.#reader.push(chunk);
    const begun = this.#white.length === 0 ? chunk : Buffer.concat([this.#white, chunk]);
    const opening = begun.toString("latin1", 0, WHITE_BYTES_MAX).trimStart();
    this.#white = begun;
    if (opening === "" && begun.length < WHITE_BYTES_MAX) return EMPTY;
    return this.#decide(/^[[{]/.test(opening) ? this.#options.readJson() : this.#raw);
  }

  finish(): Buffer {
    const held = this.#reader === undefined ? this.#decide(this.#raw) : EMPTY;
    const tail = this.#known.finish();
    return held.length === 0 ? tail : Buffer.concat([held, tail]);
  }

  facts(): AnswerFacts {
    return this.#known.facts();
  }

  #decide(reader: AnswerReader): Buffer {
    this.#reader = reader;
    const begun = this.#white;
    this.#white = EMPTY;
    return begun.length === 0 ? EMPTY : reader.push(begun);
  }
}
