import { type Result } from "#std";
import { type ConversationName } from "./conversation.ts";
import { type Loss } from "./prompt-fields.ts";
import { type AskSource, type BadAsk } from "./wire-format.ts";

/** Texts that are to become vectors. */
export interface EmbeddingPrompt {
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
}

/** One vector for each text, in their order. */
export interface EmbeddingAnswer {
  readonly vectors: readonly (readonly number[])[];
  readonly model: string;
  /** Undefined where the provider does not count. */
  readonly tokens: number | undefined;
}

/** How one format embeds texts; pure, and always in one piece. */
export interface Embeddings {
  /** The endpoint that takes several texts. */
  readonly path: string;
  /** The conversation that says errors as this does. */
  readonly speaker: ConversationName;
  decodePrompt(
    source: AskSource,
  ): Result<{ readonly prompt: EmbeddingPrompt; readonly losses: readonly Loss[] }, BadAsk>;
  encodePrompt(prompt: EmbeddingPrompt, model: string): { readonly [key: string]: unknown };
  /** Undefined when the body holds no vectors. */
  decodeAnswer(body: { readonly [key: string]: unknown }): Omit<EmbeddingAnswer, "model"> | undefined;
  /** `source` is the client's request, which decides about the shape of its answer. */
  encodeAnswer(answer: EmbeddingAnswer, source: AskSource): { readonly [key: string]: unknown };
}

/** The vector in a value that should hold one. */
export function vectorIn(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers: readonly unknown[] = value;
  const vector = numbers.filter((one) => typeof one === "number");
  return vector.length === numbers.length ? vector : undefined;
}
