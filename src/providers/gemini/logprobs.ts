import { type TokenChoice } from "#inference";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { type JsonObject } from "../usage-counts.ts";

/** The tokens that were chosen, each with the likeliest in its place. */
export function readLogprobs(candidate: JsonObject): readonly TokenChoice[] {
  const result = objectIn(candidate, "logprobsResult");
  if (result === undefined) return [];
  const tops = objectsIn(result, "topCandidates");
  return objectsIn(result, "chosenCandidates").flatMap((chosen, place) => {
    const likelihood = readLikelihood(chosen);
    if (likelihood === undefined) return [];
    const likeliest = objectsIn(tops[place] ?? {}, "candidates").flatMap((one) => readLikelihood(one) ?? []);
    return [{ ...likelihood, likeliest }];
  });
}

function readLikelihood(one: JsonObject): Omit<TokenChoice, "likeliest"> | undefined {
  const token = textIn(one, "token");
  const logprob = one["logProbability"];
  if (token === undefined || typeof logprob !== "number") return undefined;
  return { token, logprob, bytes: [...Buffer.from(token)] };
}

/** Nothing where there are none. */
export function writeLogprobs(tokens: readonly TokenChoice[]): JsonObject {
  if (tokens.length === 0) return {};
  const sum = tokens.reduce((all, { logprob }) => all + logprob, 0);
  return {
    avgLogprobs: sum / tokens.length,
    logprobsResult: {
      topCandidates: tokens.map(({ likeliest }) => ({ candidates: likeliest.map(writeLikelihood) })),
      chosenCandidates: tokens.map(writeLikelihood),
    },
  };
}

function writeLikelihood({ token, logprob }: Omit<TokenChoice, "likeliest">): JsonObject {
  return { token, logProbability: logprob };
}
