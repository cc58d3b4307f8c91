import { type EmbeddingTarget, targetEndpoint, vectorsIn } from "../embeddings.ts";
import { objectIn, objectsIn } from "../json-values.ts";
import { sum } from "../usage-counts.ts";
import { decodeFailure } from "./decode-failure.ts";

/** The models that embed on Vertex AI: the first of Gemini's take one text, the later ones have Gemini's own way. */
export function vertexEmbeddings(model: string): EmbeddingTarget {
  if (/gemini-embedding-(?!001)/.test(model)) return content;
  return model.includes("gemini-embedding-001") ? { ...prediction, textsMax: 1 } : prediction;
}

const TEXTS_MAX = 250;

const prediction: EmbeddingTarget = {
  endpoint: targetEndpoint("/v1beta/models/{model}:predict"),
  textsMax: TEXTS_MAX,
  lacks: () => [],
  encodePrompt: ({ texts, dimensions, purpose }) => ({
    instances: texts.map((text) => ({ content: text, task_type: purpose })),
    parameters: dimensions === undefined ? undefined : { outputDimensionality: dimensions },
  }),
  decodeAnswer(body) {
    const all = objectsIn(body, "predictions").map((one) => objectIn(one, "embeddings") ?? {});
    const vectors = vectorsIn(all.map(({ values }) => values));
    const tokens = all.map((one) => numberIn(objectIn(one, "statistics")?.["token_count"]));
    return vectors && { vectors, tokens: tokens.includes(undefined) ? undefined : sum(...tokens) };
  },
  decodeFailure,
};

const content: EmbeddingTarget = {
  endpoint: targetEndpoint("/v1beta/models/{model}:embedContent"),
  textsMax: 1,
  lacks: () => [],
  encodePrompt: ({ texts, dimensions, purpose }) => ({
    content: { parts: texts.map((text) => ({ text })) },
    taskType: purpose,
    outputDimensionality: dimensions,
  }),
  decodeAnswer(body) {
    const vectors = vectorsIn([objectIn(body, "embedding")?.["values"]]);
    return vectors && { vectors, tokens: numberIn(objectIn(body, "usageMetadata")?.["promptTokenCount"]) };
  },
  decodeFailure,
};

function numberIn(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
