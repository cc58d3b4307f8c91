import { z } from "zod";
import { answerAtOnce } from "../answer-at-once.ts";
import { withoutZeros } from "../generation.ts";
import { CHARACTERS_PER_TOKEN } from "../prompt.ts";
import { complain, type ProviderCall, readJsonAsk } from "../protocol.ts";
import { type Random } from "../random.ts";

const EmbeddingBody = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string(),
    z.array(z.string()).min(1),
    z.array(z.number()).min(1),
    z.array(z.array(z.number())).min(1),
  ]),
  dimensions: z.number().int().min(1).max(4096).nullish(),
  encoding_format: z.string().nullish(),
});

const DIMENSIONS_DEFAULT = 64;

/** Vectors are short unless dimensions are asked for: their length costs bytes and proves nothing. */
export async function answerEmbedding(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, EmbeddingBody);
  if (!read.ok) return complain(call, read.error);
  const body = read.value;
  const inputs = toInputs(body.input);
  const tokens = inputs.reduce((sum, length) => sum + length, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const isBase64 = body.encoding_format === "base64";
  const data = inputs.map((_, index) => {
    const vector = toVector(body.dimensions ?? DIMENSIONS_DEFAULT, call.random);
    return { object: "embedding", index, embedding: isBase64 ? toBase64(vector) : vector };
  });
  await answerAtOnce(call, {
    operation: "embedding",
    model: body.model,
    usage,
    quantities: withoutZeros({ input_uncached: tokens }),
    isReported: true,
    body: JSON.stringify({ object: "list", data, model: body.model, usage }),
  });
}

/** The number of tokens of each input: given as text, as texts, as tokens, or as lists of tokens. */
function toInputs(input: z.infer<typeof EmbeddingBody>["input"]): readonly number[] {
  if (typeof input === "string") return [countText(input)];
  const texts = input.filter((item) => typeof item === "string");
  if (texts.length > 0) return texts.map(countText);
  const lists = input.filter((item) => Array.isArray(item));
  return lists.length > 0 ? lists.map((list) => list.length) : [input.length];
}

function countText(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

function toVector(dimensions: number, random: Random): number[] {
  return Array.from({ length: dimensions }, () => Math.round((random.fraction() * 2 - 1) * 1e6) / 1e6);
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}
