import { type AnswerFailure } from "#inference";
import { type Result } from "#std";
import { type ConversationName } from "./conversation.ts";
import { type Loss } from "./prompt-fields.ts";
import { type JsonObject } from "./usage-counts.ts";
import { type AskSource, type BadAsk, type Endpoint } from "./ask-source.ts";

/** Texts that are to become vectors. */
export interface EmbeddingPrompt {
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
  /** What the vectors are for, in Google's words, which are the most: `RETRIEVAL_QUERY`. */
  readonly purpose: string | undefined;
}

/** One vector for each text, in their order. */
export interface EmbeddingAnswer {
  readonly vectors: readonly (readonly number[])[];
  readonly model: string;
  /** Undefined where the provider does not count. */
  readonly tokens: number | undefined;
}

/** How a model is asked for vectors; pure, and always in one piece. */
export interface EmbeddingTarget {
  /** Takes several texts, or one where it takes no more. */
  readonly endpoint: Endpoint;
  /** Texts that one request takes; more of them go in several. Undefined where it is for the client to know. */
  readonly textsMax?: number;
  /** The header of an answer that says how many tokens its texts had, where the body does not. */
  readonly tokensHeader?: string;
  /** What of the prompt the model knows nothing of. */
  lacks(prompt: EmbeddingPrompt): readonly string[];
  encodePrompt(prompt: EmbeddingPrompt, model: string): JsonObject;
  /** Undefined when the body holds no vectors. */
  decodeAnswer(body: JsonObject): Omit<EmbeddingAnswer, "model"> | undefined;
  decodeFailure(status: number, body: Buffer): AnswerFailure;
}

/** How clients of a format ask for vectors, and get them. */
export interface ClientEmbeddings {
  /** The conversation that says errors as this does. */
  readonly speaker: ConversationName;
  decodePrompt(
    source: AskSource,
  ): Result<{ readonly prompt: EmbeddingPrompt; readonly losses: readonly Loss[] }, BadAsk>;
  /** `source` is the client's request, which decides about the shape of its answer. */
  encodeAnswer(answer: EmbeddingAnswer, source: AskSource): JsonObject;
}

/** The vector in a value that should hold one. */
function vectorIn(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers: readonly unknown[] = value;
  const vector = numbers.filter((one) => typeof one === "number");
  return vector.length === numbers.length ? vector : undefined;
}

/** All vectors, or none where one of the values holds none: they belong to the texts by their place. */
export function vectorsIn(values: readonly unknown[]): readonly (readonly number[])[] | undefined {
  const vectors = values.map(vectorIn).filter((vector) => vector !== undefined);
  return vectors.length === 0 || vectors.length < values.length ? undefined : vectors;
}

/** A path that only a target has: no client can ask for it. */
export function targetEndpoint(path: string): Endpoint {
  return {
    method: "POST",
    path,
    upstreamPath: path,
    operation: "embedding",
    body: "json",
    modelParameter: "model",
  };
}
