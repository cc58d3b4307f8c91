import { err, ok } from "#std";
import { type ClientEmbeddings, type EmbeddingTarget, vectorsIn } from "../embeddings.ts";
import { objectIn, objectsIn } from "../json-values.ts";
import { parsedBody } from "../parsed-body.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { decodeFailure } from "./decode-failure.ts";
import { modelName, verb } from "./endpoints.ts";

/** Embeddings as Google says them: one text at one path, several at another. It does not count their tokens. */
export const geminiEmbeddings: ClientEmbeddings & EmbeddingTarget = {
  endpoint: verb("batchEmbedContents", "embedding"),
  speaker: "gemini",
  decodePrompt(source) {
    const reading = new PromptReading({ takesSnakeCase: true });
    const body = reading.open(parsedBody(source.body), "");
    const asked = isBatch(source.endpoint.path) ? body.objects("requests") : [body];
    const texts = asked.map(readText);
    const [dimensions, ...otherSizes] = new Set(asked.map((one) => one.number("outputDimensionality")));
    const [purpose, ...otherPurposes] = new Set(asked.map((one) => one.text("taskType")));
    if (otherSizes.length > 0) reading.refuse("requests", "must all ask for the same outputDimensionality");
    if (otherPurposes.length > 0) reading.refuse("requests", "must all have the same taskType");
    if (reading.problem !== undefined) return err(reading.problem);
    return ok({ prompt: { texts, dimensions, purpose }, losses: reading.losses() });
  },
  lacks: () => [],
  encodePrompt({ texts, dimensions, purpose }, model) {
    const name = `models/${modelName(model)}`;
    return {
      requests: texts.map((text) => ({
        model: name,
        content: { parts: [{ text }] },
        taskType: purpose,
        outputDimensionality: dimensions,
      })),
    };
  },
  decodeAnswer(body) {
    const one = objectIn(body, "embedding");
    const all = [...(one === undefined ? [] : [one]), ...objectsIn(body, "embeddings")];
    const vectors = vectorsIn(all.map(({ values }) => values));
    return vectors && { vectors, tokens: undefined };
  },
  decodeFailure,
  encodeAnswer({ vectors }, source) {
    const embeddings = vectors.map((values) => ({ values }));
    return isBatch(source.endpoint.path) ? { embeddings } : { embedding: embeddings[0] };
  },
};

function isBatch(path: string): boolean {
  return path.endsWith(":batchEmbedContents");
}

function readText(asked: PromptFields): string {
  asked.skip("model");
  const content = asked.object("content");
  content?.skip("role");
  return (content?.objects("parts") ?? []).map((part) => part.text("text") ?? "").join("\n");
}
