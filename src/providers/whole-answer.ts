import { type AnswerFacts } from "#inference";
import { type AnswerNotes } from "./answer-notes.ts";
import { type JsonFindings } from "./json-findings.ts";
import { type JsonPaths } from "./json-paths.ts";
import { JsonScan } from "./json-scan.ts";
import { type AnswerReader } from "./wire-format.ts";

/** How one operation of one format is read when its answer is a single JSON document. */
export interface WholeReading {
  readonly notes: AnswerNotes;
  readonly paths: JsonPaths;
  each?(slot: number, found: JsonFindings): void;
  readWhole(found: JsonFindings): void;
}

const EMPTY = Buffer.alloc(0);

/** Reads a JSON answer beside its relay, chunk by chunk; every byte goes on at once. */
export class WholeAnswer implements AnswerReader {
  readonly isDocument = true;
  readonly #reading: WholeReading;
  readonly #status: number;
  readonly #scan: JsonScan;
  #isRead = false;

  constructor(reading: WholeReading, status: number) {
    this.#reading = reading;
    this.#status = status;
    this.#scan = new JsonScan(reading.paths, { isStrict: false, each: reading.each?.bind(reading) });
  }

  get hasSpoken(): boolean {
    return this.hasContent;
  }

  get hasContent(): boolean {
    return this.#reading.notes.hasContent;
  }

  get nextSequence(): number {
    return this.#reading.notes.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    const { notes } = this.#reading;
    const before = this.#scan.contentBytes;
    this.#scan.push(chunk);
    notes.noteContent(this.#scan.contentBytes - before);
    if (chunk.length > 0) notes.hasContent = true;
    if (this.#scan.isWhole && !this.#isRead) this.#read();
    return chunk;
  }

  /** A body that ended as its sender meant it, but that is no JSON or nothing at all, is complete and unknown. */
  finish(): Buffer {
    const { notes } = this.#reading;
    notes.isUnread = this.#scan.problem !== undefined || !notes.hasContent;
    if (notes.isUnread) notes.noteComplete();
    if (!this.#isRead) this.#read();
    return EMPTY;
  }

  facts(): AnswerFacts {
    return this.#reading.notes.facts();
  }

  #read(): void {
    this.#isRead = true;
    const { notes } = this.#reading;
    if (this.#scan.isWhole) notes.noteComplete();
    this.#reading.readWhole(this.#scan.found);
    if (this.#status >= 400) notes.noteError(undefined);
  }
}

/** Relays what is not read: sound, files, plain text. It is complete when the provider ends it. */
export class RawAnswer implements AnswerReader {
  readonly #notes: AnswerNotes;
  readonly #status: number;

  constructor(notes: AnswerNotes, status: number) {
    notes.isUnread = true;
    this.#notes = notes;
    this.#status = status;
  }

  get hasSpoken(): boolean {
    return this.hasContent;
  }

  get hasContent(): boolean {
    return this.#notes.hasContent;
  }

  get nextSequence(): number {
    return this.#notes.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    this.#notes.noteContent(chunk.length);
    return chunk;
  }

  finish(): Buffer {
    if (this.#status >= 400) this.#notes.noteError(undefined);
    else this.#notes.noteComplete();
    return EMPTY;
  }

  facts(): AnswerFacts {
    return this.#notes.facts();
  }
}
