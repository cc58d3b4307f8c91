import { z } from "zod";
import { answerAtOnce } from "../answer-at-once.ts";
import { countTokens, readPrompt } from "../prompt.ts";
import { complain, type ProviderCall, readJsonAsk } from "../protocol.ts";
import { type Random } from "../random.ts";

const EmbedBody = z.looseObject({
  content: z.unknown().optional(),
  outputDimensionality: z.number().int().min(1).max(4096).nullish(),
});
const BatchBody = z.looseObject({ requests: z.array(EmbedBody).min(1) });
const CountBody = z.looseObject({
  contents: z.array(z.unknown()).nullish(),
  generateContentRequest: z.unknown().optional(),
});

const DIMENSIONS_DEFAULT = 64;

/** Billed by input tokens, which the answer does not report. */
export async function answerEmbed(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, EmbedBody);
  if (!read.ok) return complain(call, read.error);
  const { content, outputDimensionality } = read.value;
  const values = toVector(outputDimensionality ?? DIMENSIONS_DEFAULT, call.random);
  await answerEmbedding(call, { contents: [content], body: { embedding: { values } } });
}

export async function answerBatchEmbed(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, BatchBody);
  if (!read.ok) return complain(call, read.error);
  const { requests } = read.value;
  const embeddings = requests.map(({ outputDimensionality }) => ({
    values: toVector(outputDimensionality ?? DIMENSIONS_DEFAULT, call.random),
  }));
  await answerEmbedding(call, { contents: requests.map(({ content }) => content), body: { embeddings } });
}

export async function answerCountTokens(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, CountBody);
  if (!read.ok) return complain(call, read.error);
  const { contents, generateContentRequest } = read.value;
  const totalTokens = countTokens(readPrompt(contents, generateContentRequest), contents?.length ?? 1);
  await answerAtOnce(call, {
    operation: "count-tokens",
    model: call.parameter,
    usage: {},
    quantities: {},
    isReported: false,
    body: JSON.stringify({ totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] }),
  });
}

async function answerEmbedding(
  call: ProviderCall,
  { contents, body }: { contents: readonly unknown[]; body: object },
): Promise<void> {
  const tokens = countTokens(readPrompt(contents), 0);
  await answerAtOnce(call, {
    operation: "embedding",
    model: call.parameter,
    usage: { promptTokenCount: tokens },
    quantities: { input_uncached: tokens },
    isReported: false,
    body: JSON.stringify(body),
  });
}

function toVector(dimensions: number, random: Random): number[] {
  return Array.from({ length: dimensions }, () => Math.round((random.fraction() * 2 - 1) * 1e6) / 1e6);
}
