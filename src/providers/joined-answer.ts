import { type AnswerFacts } from "#inference";
import { AnswerNotes } from "./answer-notes.ts";
import { parsedAnswer } from "./held-answer.ts";
import { objectsIn, textIn } from "./json-values.ts";
import { isObject, type JsonObject, UsageCounts } from "./usage-counts.ts";
import { type AnswerReader } from "./wire-format.ts";

/** What was answered to one of several requests that one call became. */
export interface PartAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Reads out of one answer how many tokens it took; `header` is the value of the one that may say so. */
export type CountTokens = (body: JsonObject, header: string | undefined) => number | undefined;

/** All answers as one body. Of several that failed it holds the first, beside those that were made and have to be paid. */
export function joinAnswers(parts: readonly PartAnswer[], tokensHeader: string | undefined): Buffer {
  const made = parts.filter(({ status }) => status < 300);
  const failed = parts.find(({ status }) => status >= 300);
  const pieces: Buffer[] = [];
  for (const { headers, body } of made) {
    const tokens = tokensHeader === undefined ? undefined : valueOf(headers, tokensHeader);
    pieces.push(Buffer.from(`${pieces.length === 0 ? "" : ","}{"tokens":${JSON.stringify(tokens ?? null)},"body":`));
    pieces.push(body, Buffer.from("}"));
  }
  const failure = failed === undefined ? "" : `,"failure":${JSON.stringify(failed.body.toString())}`;
  return Buffer.concat([Buffer.from('{"parts":['), ...pieces, Buffer.from(`]${failure}}`)]);
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
  return at === -1 ? undefined : headers[at + 1];
}

/** Reads what was joined. What failed may have cost something: the answers that were made before it. */
export class JoinedReader implements AnswerReader {
  readonly nextSequence = 0;
  readonly #notes = new AnswerNotes();
  readonly #status: number;
  readonly #countTokens: CountTokens;
  readonly #chunks: Buffer[] = [];
  /** The bodies of the answers, in the order of the requests; undefined where one of them cannot be read. */
  bodies: readonly JsonObject[] | undefined;
  failure = "";

  constructor(status: number, countTokens: CountTokens) {
    this.#status = status;
    this.#countTokens = countTokens;
  }

  get hasSpoken(): boolean {
    return this.#notes.hasContent;
  }

  get hasContent(): boolean {
    return this.#notes.hasContent;
  }

  /** Usage of all of them together; undefined as soon as one did not say. */
  get tokens(): number | undefined {
    return this.#notes.usage?.input_uncached;
  }

  push(chunk: Buffer): Buffer {
    this.#chunks.push(chunk);
    this.#notes.noteContent(chunk.length);
    return chunk;
  }

  finish(): Buffer {
    const joined = parsedAnswer(Buffer.concat(this.#chunks.splice(0)));
    if (isObject(joined)) this.#read(joined);
    if (this.#status >= 400) this.#notes.noteError(undefined);
    else this.#notes.noteComplete();
    return Buffer.alloc(0);
  }

  facts(): AnswerFacts {
    return this.#notes.facts();
  }

  #read(joined: JsonObject): void {
    const parts = objectsIn(joined, "parts");
    const bodies = parts.map(({ body }) => body).filter(isObject);
    this.failure = textIn(joined, "failure") ?? "";
    this.bodies = bodies.length === parts.length ? bodies : undefined;
    const counts = new UsageCounts();
    const tokens = parts.map(({ body, tokens: header }) =>
      counts.read(this.#countTokens(isObject(body) ? body : {}, typeof header === "string" ? header : undefined)),
    );
    if (tokens.length === 0 || tokens.includes(undefined) || !counts.isPossible) return;
    const sum = tokens.reduce<number>((all, one) => all + (one ?? 0), 0);
    if (Number.isSafeInteger(sum)) this.#notes.noteUsage({ input_uncached: sum }, JSON.stringify({ tokens: sum }));
  }
}
