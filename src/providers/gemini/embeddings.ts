import { err, ok } from "#std";
import { type Embeddings, vectorIn } from "../embeddings.ts";
import { objectIn, objectsIn } from "../json-values.ts";
import { parsedBody } from "../parsed-body.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { modelName } from "./endpoints.ts";

/** Embeddings as Google says them: one text at one path, several at another. It does not count their tokens. */
export const geminiEmbeddings: Embeddings = {
  path: "/v1beta/models/{model}:batchEmbedContents",
  speaker: "gemini",
  decodePrompt(source) {
    const reading = new PromptReading({ takesSnakeCase: true });
    const body = reading.open(parsedBody(source.body), "");
    const asked = isBatch(source.endpoint.path) ? body.objects("requests") : [body];
    const texts = asked.map(readText);
    const [dimensions, ...others] = new Set(asked.map((one) => one.number("outputDimensionality")));
    if (others.length > 0) reading.refuse("requests", "must all ask for the same outputDimensionality");
    if (reading.problem !== undefined) return err(reading.problem);
    return ok({ prompt: { texts, dimensions }, losses: reading.losses() });
  },
  encodePrompt({ texts, dimensions }, model) {
    const name = `models/${modelName(model)}`;
    return {
      requests: texts.map((text) => ({
        model: name,
        content: { parts: [{ text }] },
        outputDimensionality: dimensions,
      })),
    };
  },
  decodeAnswer(body) {
    const one = objectIn(body, "embedding");
    const vectors = [...(one === undefined ? [] : [one]), ...objectsIn(body, "embeddings")].flatMap((each) => {
      const vector = vectorIn(each["values"]);
      return vector === undefined ? [] : [vector];
    });
    return vectors.length === 0 ? undefined : { vectors, tokens: undefined };
  },
  encodeAnswer({ vectors }, source) {
    const embeddings = vectors.map((values) => ({ values }));
    return isBatch(source.endpoint.path) ? { embeddings } : { embedding: embeddings[0] };
  },
};

function isBatch(path: string): boolean {
  return path.endsWith(":batchEmbedContents");
}

/** What a text is embedded for shapes the vector with Google alone, so it is lost elsewhere. */
function readText(asked: PromptFields): string {
  asked.skip("model");
  const content = asked.object("content");
  content?.skip("role");
  return (content?.objects("parts") ?? []).map((part) => part.text("text") ?? "").join("\n");
}
