import { type Generation, type Made } from "../generation.ts";
import { type JsonObject } from "../json.ts";

/** Cached tokens are part of the prompt's and reasoning is part of the completion's. */
export function chatUsage({ inputTokens, input }: Generation, made: Made): JsonObject {
  const completion = made.reasoning + made.visible;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: completion,
    total_tokens: inputTokens + completion,
    prompt_tokens_details: { cached_tokens: input.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: made.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

export function responseUsage({ inputTokens, input }: Generation, made: Made): JsonObject {
  const output = made.reasoning + made.visible;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: input.cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: made.reasoning },
    total_tokens: inputTokens + output,
  };
}
