import { type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { bedrockEmbeddings } from "./bedrock/embeddings.ts";
import { conversations } from "./conversations.ts";
import { type ClientEmbeddings, type EmbeddingPrompt, type EmbeddingTarget } from "./embeddings.ts";
import { geminiEmbeddings } from "./gemini/embeddings.ts";
import { HeldAnswerReader, parsedAnswer } from "./held-answer.ts";
import { joinAnswers, JoinedReader } from "./joined-answer.ts";
import { Losses, namesOf } from "./losses.ts";
import { openaiEmbeddings } from "./openai/embeddings.ts";
import { answerHeaders, JSON_TYPE, requestHeaders } from "./translated-wire.ts";
import { type Translation, type TranslationProblem, type TranslationTask } from "./translation-task.ts";
import { isObject } from "./usage-counts.ts";
import { type AnswerReader, type WireFormat } from "./wire-format.ts";

const ofClients: Readonly<Record<FormatName, ClientEmbeddings | undefined>> = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  anthropic: undefined,
  bedrock: undefined,
};

/** Anthropic embeds nothing. */
const ofTargets: Readonly<Record<FormatName, (model: string) => EmbeddingTarget | undefined>> = {
  openai: () => openaiEmbeddings,
  gemini: () => geminiEmbeddings,
  anthropic: () => undefined,
  bedrock: bedrockEmbeddings,
};

/**
 * Turns texts to be embedded into a call of the target's format, and its vectors back. Undefined where the target takes the
 * client's bytes as they are.
 */
export function translateEmbedding(task: TranslationTask): Result<Translation | undefined, TranslationProblem> {
  const { source, client, format, target, mayDrop } = task;
  if (client.name === format.name && format.embeddings === undefined) return ok(undefined);
  const from = ofClients[client.name];
  const to = (format.embeddings ?? ofTargets[format.name])(target.model);
  if (from === undefined || to === undefined) return err({ type: "unsupported_field", field: source.endpoint.path });
  const decoded = from.decodePrompt(source);
  if (!decoded.ok) return decoded;
  const { prompt } = decoded.value;
  const lacking = new Losses();
  for (const field of to.lacks(prompt)) lacking.lose(field);
  const losses = [...decoded.value.losses, ...lacking.all];
  const lost = losses.find(({ isHint }) => !isHint);
  if (lost !== undefined && !mayDrop) return err({ type: "unsupported_field", field: lost.field });
  return assemble(task, { from, to, prompt: withoutLost(prompt, lacking), dropped: namesOf(losses) });
}

function withoutLost({ texts, dimensions, purpose }: EmbeddingPrompt, { all }: Losses): EmbeddingPrompt {
  const isLost = (name: string) => all.some(({ field }) => field === name);
  return {
    texts,
    dimensions: isLost("dimensions") ? undefined : dimensions,
    purpose: isLost("taskType") ? undefined : purpose,
  };
}

interface Way {
  readonly from: ClientEmbeddings;
  readonly to: EmbeddingTarget;
  readonly prompt: EmbeddingPrompt;
  readonly dropped: readonly string[];
}

function assemble(task: TranslationTask, way: Way): Result<Translation, TranslationProblem> {
  const { format, target } = task;
  const { to, prompt, dropped } = way;
  const { endpoint } = to;
  const body = Buffer.from(JSON.stringify(to.encodePrompt(prompt, target.model)));
  const parameters = endpoint.modelParameter === undefined ? {} : { [endpoint.modelParameter]: target.model };
  const query = new URLSearchParams();
  const ask = format.readAsk({ endpoint, parameters, query, contentType: JSON_TYPE, body });
  if (!ask.ok) return ask;
  const facts = { ...ask.value.facts, messages: Math.max(ask.value.facts.messages, prompt.texts.length) };
  const { textsMax, tokensHeader } = to;
  const isSplit = textsMax !== undefined;
  return ok({
    format: wayBack(task, way),
    endpoint,
    parameters,
    body,
    ask: { ...ask.value, facts: isSplit ? { ...facts, bodyBytes: bytesOf(prompt) } : facts },
    dropped,
    wire: {
      requestHeaders: requestHeaders(JSON_TYPE, []),
      answerHeaders: (_, headers) => answerHeaders(task, JSON_TYPE, headers),
    },
    ...(isSplit
      ? {
          parts: {
            bodies: split(prompt.texts, textsMax).map((texts) =>
              Buffer.from(JSON.stringify(to.encodePrompt({ ...prompt, texts }, target.model))),
            ),
            join: (parts) => joinAnswers(parts, tokensHeader),
          },
        }
      : {}),
  });
}

/** No token is less than a byte of its text. */
function bytesOf({ texts }: EmbeddingPrompt): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function split(texts: readonly string[], max: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(texts.length / max) }, (_, index) =>
    texts.slice(index * max, (index + 1) * max),
  );
}

function wayBack(task: TranslationTask, way: Way): WireFormat {
  const { client, format } = task;
  const query = new URLSearchParams();
  return {
    ...format,
    forwardedHeaders: [],
    upstreamPath: (asked, model) => format.upstreamPath({ ...asked, query }, model),
    readAnswer: (options) =>
      way.to.textsMax === undefined
        ? readVectors(format.readAnswer(options), { task, way, status: options.status })
        : readJoined({ task, way, status: options.status }),
    encodeError: (error) => client.encodeError(error),
    encodeStreamError: (error, options) => client.encodeStreamError(error, options),
  };
}

interface WayBack {
  readonly task: TranslationTask;
  readonly way: Way;
  readonly status: number;
}

// 2,048 vectors of 3,072 numbers, as they are written at most.
const BYTES_MAX = 128 * 1024 * 1024;
const NOTHING = "The provider sent no vectors that can be translated.";

function readVectors(reader: AnswerReader, back: WayBack): AnswerReader {
  const { task, way, status } = back;
  return new HeldAnswerReader(reader, {
    status,
    bytesMax: BYTES_MAX,
    nothing: NOTHING,
    say(body, { model }) {
      const parsed = parsedAnswer(body);
      const answer = isObject(parsed) ? way.to.decodeAnswer(parsed) : undefined;
      return answer && said(back, { ...answer, model: model ?? task.target.model });
    },
    fail: failing(back),
  });
}

/** What several requests gave together is read once, and as one. */
function readJoined(back: WayBack): AnswerReader {
  const { task, way, status } = back;
  const { to } = way;
  const joined = new JoinedReader(status, (body, header) =>
    header !== undefined && /^\d+$/.test(header) ? Number(header) : to.decodeAnswer(body)?.tokens,
  );
  const fail = failing(back);
  return new HeldAnswerReader(joined, {
    status,
    bytesMax: BYTES_MAX,
    nothing: NOTHING,
    say() {
      const answers = joined.bodies?.map((body) => to.decodeAnswer(body)?.vectors ?? []);
      return answers && said(back, { vectors: answers.flat(), tokens: joined.tokens, model: task.target.model });
    },
    fail: (failed, body) => fail(failed, status >= 400 ? Buffer.from(joined.failure) : body),
  });
}

/** Vectors belong to the texts by their place: where one is missing, none can be said. */
function said({ task, way }: WayBack, answer: Parameters<ClientEmbeddings["encodeAnswer"]>[0]): string | undefined {
  const isWhole = answer.vectors.length === way.prompt.texts.length;
  return isWhole ? JSON.stringify(way.from.encodeAnswer(answer, task.source)) : undefined;
}

function failing({ task, way }: WayBack): (status: number, body: Buffer) => string {
  return (status, body) => {
    const failure = way.to.decodeFailure(status, body);
    return conversations[way.from.speaker].encodeFailure({ status, failure, call: task.call });
  };
}
