import { type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { conversations } from "./conversations.ts";
import { type Embeddings } from "./embeddings.ts";
import { geminiEmbeddings } from "./gemini/embeddings.ts";
import { HeldAnswerReader, parsedAnswer } from "./held-answer.ts";
import { namesOf } from "./losses.ts";
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

/** Turns texts to be embedded into a call of the target's format, and its vectors back. Undefined where it is the client's own. */
export function translateEmbedding(task: TranslationTask): Result<Translation | undefined, TranslationProblem> {
  const { source, client, format, target, mayDrop } = task;
  if (client.name === format.name) return ok(undefined);
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
      readAnswer: (options) => readVectors(format.readAnswer(options), { task, from, to }, options.status),
      encodeError: (error) => client.encodeError(error),
      encodeStreamError: (error, options) => client.encodeStreamError(error, options),
    },
    endpoint,
    parameters,
    body,
    ask: ask.value,
    dropped: namesOf(losses),
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

function readVectors(reader: AnswerReader, { task, from, to }: Sides, status: number): AnswerReader {
  return new HeldAnswerReader(reader, {
    status,
    bytesMax: BYTES_MAX,
    nothing: "The provider sent no vectors that can be translated.",
    say(body, { model }) {
      const parsed = parsedAnswer(body);
      const answer = isObject(parsed) ? to.decodeAnswer(parsed) : undefined;
      if (answer === undefined) return undefined;
      return JSON.stringify(from.encodeAnswer({ ...answer, model: model ?? task.target.model }, task.source));
    },
    fail(failed, body) {
      const failure = conversations[to.speaker].decodeFailure(failed, body);
      return conversations[from.speaker].encodeFailure({ status: failed, failure, call: task.call });
    },
  });
}
