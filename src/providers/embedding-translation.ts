import { type AnswerFacts, type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { conversations } from "./conversations.ts";
import { type EmbeddingAnswer, type Embeddings } from "./embeddings.ts";
import { geminiEmbeddings } from "./gemini/embeddings.ts";
import { openaiEmbeddings } from "./openai/embeddings.ts";
import { answerHeaders, JSON_TYPE, requestHeaders } from "./translated-wire.ts";
import { type Translation, type TranslationProblem, type TranslationTask } from "./translation-task.ts";
import { isObject } from "./usage-counts.ts";
import { type AnswerReader } from "./wire-format.ts";

/** Anthropic embeds nothing, and on Bedrock each maker's embeddings have a format of their own. */
const embeddings: Readonly<Record<FormatName, Embeddings | undefined>> = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  anthropic: undefined,
  bedrock: undefined,
};

/** Turns texts to be embedded into a call of the target's format, and its vectors back. */
export function translateEmbedding(task: TranslationTask): Result<Translation, TranslationProblem> {
  const { source, client, format, target, mayDrop } = task;
  const from = embeddings[client.name];
  const to = embeddings[format.name];
  const endpoint = format.endpoints.find(({ path }) => path === to?.path);
  if (from === undefined || to === undefined || endpoint === undefined) {
    return err({ type: "unsupported_field", field: source.endpoint.path });
  }
  const decoded = from.decodePrompt(source);
  if (!decoded.ok) return decoded;
  const { prompt, losses } = decoded.value;
  const lost = losses.find(({ isHint }) => !isHint);
  if (lost !== undefined && !mayDrop) return err({ type: "unsupported_field", field: lost.field });
  const body = Buffer.from(JSON.stringify(to.encodePrompt(prompt, target.model)));
  const parameters = endpoint.modelParameter === undefined ? {} : { [endpoint.modelParameter]: target.model };
  const query = new URLSearchParams();
  const ask = format.readAsk({ endpoint, parameters, query, contentType: JSON_TYPE, body });
  if (!ask.ok) return ask;
  return ok({
    format: {
      ...format,
      forwardedHeaders: [],
      upstreamPath: (asked, model) => format.upstreamPath({ ...asked, query }, model),
      readAnswer: (options) => new VectorReader(format.readAnswer(options), { task, from, to }, options.status),
      encodeError: (error) => client.encodeError(error),
      encodeStreamError: (error, options) => client.encodeStreamError(error, options),
    },
    endpoint,
    parameters,
    body,
    ask: ask.value,
    dropped: [...new Set(losses.map(({ field }) => field.replaceAll(/\[\d+\]/g, "[]")))],
    wire: {
      requestHeaders: requestHeaders(JSON_TYPE, []),
      answerHeaders: (_, headers) => answerHeaders(task, JSON_TYPE, headers),
    },
  });
}

interface Sides {
  readonly task: TranslationTask;
  readonly from: Embeddings;
  readonly to: Embeddings;
}

// 2,048 vectors of 3,072 numbers, as they are written at most.
const BYTES_MAX = 128 * 1024 * 1024;

/** Holds vectors until they are whole and says them in the client's format; errors likewise. */
class VectorReader implements AnswerReader {
  readonly nextSequence = 0;
  readonly #reader: AnswerReader;
  readonly #sides: Sides;
  readonly #status: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #hasFailed = false;

  constructor(reader: AnswerReader, sides: Sides, status: number) {
    this.#reader = reader;
    this.#sides = sides;
    this.#status = status;
  }

  get hasContent(): boolean {
    return this.#reader.hasContent;
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#reader.push(chunk);
    this.#bytes += bytes.length;
    if (this.#bytes <= BYTES_MAX) this.#chunks.push(bytes);
    else this.#chunks.length = 0;
    return Buffer.alloc(0);
  }

  finish(): Buffer {
    this.#chunks.push(this.#reader.finish());
    const body = Buffer.concat(this.#chunks);
    if (this.#status >= 400) return this.#fail(body);
    const answer = this.#answerIn(body);
    if (answer === undefined) return this.#fail(Buffer.from("The provider sent no vectors that can be translated."));
    const { from, task } = this.#sides;
    return Buffer.from(JSON.stringify(from.encodeAnswer(answer, task.source)));
  }

  facts(): AnswerFacts {
    const facts = this.#reader.facts();
    return this.#hasFailed ? { ...facts, end: "error" } : facts;
  }

  #answerIn(body: Buffer): EmbeddingAnswer | undefined {
    const { to, task } = this.#sides;
    const parsed = parse(body.toString());
    const answer = isObject(parsed) ? to.decodeAnswer(parsed) : undefined;
    return answer && { ...answer, model: this.#reader.facts().model ?? task.target.model };
  }

  #fail(body: Buffer): Buffer {
    this.#hasFailed = true;
    const { from, to, task } = this.#sides;
    const status = this.#status >= 400 ? this.#status : 502;
    const failure = conversations[to.speaker].decodeFailure(status, body);
    return Buffer.from(conversations[from.speaker].encodeFailure({ status, failure, call: task.call }));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
