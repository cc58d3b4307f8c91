import { type TokenChoice } from "#inference";
import { objectsIn, textIn } from "../json-values.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

/** Log probabilities as chat and responses both tell them; what cannot be read is left out. */
export function readLogprobs(tokens: unknown): readonly TokenChoice[] {
  if (!Array.isArray(tokens)) return [];
  return tokens.filter(isObject).flatMap((one) => {
    const likelihood = readLikelihood(one);
    if (likelihood === undefined) return [];
    const likeliest = objectsIn(one, "top_logprobs").flatMap((each) => readLikelihood(each) ?? []);
    return [{ ...likelihood, likeliest }];
  });
}

function readLikelihood(one: JsonObject): Omit<TokenChoice, "likeliest"> | undefined {
  const { logprob, bytes } = one;
  const token = textIn(one, "token");
  if (token === undefined || typeof logprob !== "number") return undefined;
  const written = Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === "number") : undefined;
  return { token, logprob, bytes: written ?? [...Buffer.from(token)] };
}

export function writeLogprobs(tokens: readonly TokenChoice[]): readonly JsonObject[] {
  return tokens.map(({ token, logprob, bytes, likeliest }) => ({ token, logprob, bytes, top_logprobs: likeliest }));
}
