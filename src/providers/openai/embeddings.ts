import { err, ok } from "#std";
import { type Embeddings, vectorIn } from "../embeddings.ts";
import { objectIn, objectsIn } from "../json-values.ts";
import { parsedBody } from "../parsed-body.ts";
import { PromptReading } from "../prompt-fields.ts";

const BYTES_EACH = 4;

/** Embeddings as OpenAI says them. Its SDKs ask for vectors in base64, as 32-bit floats. */
export const openaiEmbeddings: Embeddings = {
  path: "/v1/embeddings",
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
    if (reading.problem !== undefined) return err(reading.problem);
    return ok({ prompt: { texts, dimensions }, losses: reading.losses() });
  },
  encodePrompt: ({ texts, dimensions }, model) => ({ model, input: texts, dimensions, encoding_format: "float" }),
  decodeAnswer(body) {
    const vectors = objectsIn(body, "data").flatMap((one) => {
      const vector = vectorIn(one["embedding"]);
      return vector === undefined ? [] : [vector];
    });
    const tokens = objectIn(body, "usage")?.["prompt_tokens"];
    return vectors.length === 0 ? undefined : { vectors, tokens: typeof tokens === "number" ? tokens : undefined };
  },
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
