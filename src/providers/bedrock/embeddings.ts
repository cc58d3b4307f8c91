import { type EmbeddingPrompt, type EmbeddingTarget, targetEndpoint, vectorsIn } from "../embeddings.ts";
import { objectIn } from "../json-values.ts";
import { decodeFailure } from "./decode-failure.ts";

/** Converse embeds nothing: each maker's models are asked in its own words. Undefined for makers whose words are not known. */
export function bedrockEmbeddings(model: string): EmbeddingTarget | undefined {
  if (model.includes("amazon.titan-embed-text")) return model.includes("-v1") ? firstTitan : titan;
  if (model.includes("amazon.nova") && model.includes("embed")) return nova;
  if (!model.includes("cohere.embed")) return undefined;
  return model.includes("embed-v4")
    ? cohere
    : { ...cohere, lacks: (prompt) => [...sized(prompt), ...cohere.lacks(prompt)] };
}

const asked = {
  endpoint: targetEndpoint("/model/{model}/invoke"),
  tokensHeader: "x-amzn-bedrock-input-token-count",
  decodeFailure,
} as const;

function sized({ dimensions }: EmbeddingPrompt): readonly string[] {
  return dimensions === undefined ? [] : ["dimensions"];
}

function purposed({ purpose }: EmbeddingPrompt): readonly string[] {
  return purpose === undefined ? [] : ["taskType"];
}

/** Amazon's, of which each request embeds one text. */
const titan: EmbeddingTarget = {
  ...asked,
  textsMax: 1,
  lacks: purposed,
  encodePrompt: ({ texts: [text], dimensions }) => ({ inputText: text, dimensions }),
  decodeAnswer(body) {
    const vectors = vectorsIn([body["embedding"]]);
    const tokens = body["inputTextTokenCount"];
    return vectors && { vectors, tokens: typeof tokens === "number" ? tokens : undefined };
  },
};

const firstTitan: EmbeddingTarget = {
  ...titan,
  lacks: (prompt) => [...sized(prompt), ...purposed(prompt)],
};

/** By Google's words, which clients of Gemini say. */
const novaPurposes: Readonly<Record<string, string>> = {
  RETRIEVAL_DOCUMENT: "GENERIC_INDEX",
  RETRIEVAL_QUERY: "TEXT_RETRIEVAL",
  CLASSIFICATION: "CLASSIFICATION",
  CLUSTERING: "CLUSTERING",
};

const nova: EmbeddingTarget = {
  ...asked,
  textsMax: 1,
  lacks: ({ purpose }) => (purpose === undefined || purpose in novaPurposes ? [] : ["taskType"]),
  encodePrompt: ({ texts: [text], dimensions, purpose = "RETRIEVAL_DOCUMENT" }) => ({
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: {
      embeddingPurpose: novaPurposes[purpose],
      embeddingDimension: dimensions,
      text: { truncationMode: "NONE", value: text },
    },
  }),
  decodeAnswer(body) {
    const { embeddings } = body;
    const first: unknown = Array.isArray(embeddings) ? embeddings[0] : undefined;
    const vectors = vectorsIn([objectIn({ first }, "first")?.["embedding"]]);
    return vectors && { vectors, tokens: undefined };
  },
};

/** By Google's words. */
const coherePurposes: Readonly<Record<string, string>> = {
  RETRIEVAL_DOCUMENT: "search_document",
  RETRIEVAL_QUERY: "search_query",
  CLASSIFICATION: "classification",
  CLUSTERING: "clustering",
};

/** Cohere's, which takes no text without what it is embedded for: a document, where nobody says. */
const cohere: EmbeddingTarget = {
  ...asked,
  textsMax: 96,
  lacks: ({ purpose }) => (purpose === undefined || purpose in coherePurposes ? [] : ["taskType"]),
  encodePrompt: ({ texts, dimensions, purpose = "RETRIEVAL_DOCUMENT" }) => ({
    texts,
    input_type: coherePurposes[purpose],
    embedding_types: ["float"],
    output_dimension: dimensions,
  }),
  decodeAnswer(body) {
    const { embeddings } = body;
    const values: unknown = Array.isArray(embeddings) ? embeddings : objectIn(body, "embeddings")?.["float"];
    const vectors = Array.isArray(values) ? vectorsIn(values) : undefined;
    return vectors && { vectors, tokens: undefined };
  },
};
