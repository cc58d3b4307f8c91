import { err, ok } from "#std";
import { type ClientEmbeddings, type EmbeddingTarget, vectorsIn } from "../embeddings.ts";
import { objectIn, objectsIn } from "../json-values.ts";
import { decodeFailure } from "../openai-chat/decode-failure.ts";
import { parsedBody } from "../parsed-body.ts";
import { PromptReading } from "../prompt-fields.ts";
import { post } from "./endpoints.ts";

const BYTES_EACH = 4;

const inputTypes = ["search_document", "search_query", "classification", "clustering"] as const;
const purposes: Readonly<Record<(typeof inputTypes)[number], string>> = {
  search_document: "RETRIEVAL_DOCUMENT",
  search_query: "RETRIEVAL_QUERY",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

/** Embeddings as OpenAI says them. Its SDKs ask for vectors in base64, as 32-bit floats. */
export const openaiEmbeddings: ClientEmbeddings & EmbeddingTarget = {
  endpoint: post("/embeddings", "embedding"),
  speaker: "openai-chat",
  decodePrompt(source) {
    const reading = new PromptReading();
    const body = reading.open(parsedBody(source.body), "");
    body.skip("model", "encoding_format");
    body.hint("user");
    const isOne = typeof body.value("input") === "string";
    // Tokens of one model's vocabulary are not text to another.
    const texts = isOne ? [body.text("input") ?? ""] : (body.texts("input") ?? []);
    const dimensions = body.number("dimensions");
    // Cohere's field, which clients of its models add to OpenAI's.
    const inputType = body.word("input_type", inputTypes);
    const purpose = inputType && purposes[inputType];
    if (reading.problem !== undefined) return err(reading.problem);
    return ok({ prompt: { texts, dimensions, purpose }, losses: reading.losses() });
  },
  lacks: ({ purpose }) => (purpose === undefined ? [] : ["taskType"]),
  encodePrompt: ({ texts, dimensions }, model) => ({ model, input: texts, dimensions, encoding_format: "float" }),
  decodeAnswer(body) {
    const data = objectsIn(body, "data");
    const sorted = data.every(({ index }) => typeof index === "number")
      ? data.toSorted((left, right) => Number(left["index"]) - Number(right["index"]))
      : data;
    const vectors = vectorsIn(sorted.map(({ embedding }) => embedding));
    const tokens = objectIn(body, "usage")?.["prompt_tokens"];
    return vectors && { vectors, tokens: typeof tokens === "number" ? tokens : undefined };
  },
  decodeFailure,
  encodeAnswer({ vectors, model, tokens }, source) {
    const isPacked = parsedBody(source.body)["encoding_format"] === "base64";
    return {
      object: "list",
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: isPacked ? packed(vector) : vector,
      })),
      model,
      ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    };
  },
};

function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * BYTES_EACH);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * BYTES_EACH);
  return bytes.toString("base64");
}
