import { type Usage } from "#inference";
import { sum } from "../usage-counts.ts";

/** Usage in the words of a chat completion: cached and audio tokens are part of the prompt, reasoning of the completion. */
export function chatUsage(usage: Usage) {
  const { input, output, cached, written } = totals(usage);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      ...given("cached_tokens", cached),
      ...given("cache_write_tokens", written),
      ...given("audio_tokens", sum(usage.audio_in, usage.audio_cache_read)),
      ...given("image_tokens", sum(usage.image_in, usage.image_cache_read)),
      ...given("video_tokens", usage.video_in),
      ...cachedDetails(usage),
    },
    completion_tokens_details: {
      ...given("reasoning_tokens", usage.output_reasoning),
      ...given("audio_tokens", usage.audio_out),
      ...given("image_tokens", usage.image_out),
    },
  };
}

/** The same in the words of a response, whose clients rely on some counts being there: there unknown is said as 0. */
export function responseUsage(usage: Usage) {
  const { input, output, cached, written } = totals(usage);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cached ?? 0,
      cache_write_tokens: written ?? 0,
      ...given("audio_tokens", sum(usage.audio_in, usage.audio_cache_read)),
      ...given("image_tokens", sum(usage.image_in, usage.image_cache_read)),
      ...given("video_tokens", usage.video_in),
      ...cachedDetails(usage),
    },
    output_tokens: output,
    output_tokens_details: {
      reasoning_tokens: usage.output_reasoning ?? 0,
      ...given("audio_tokens", usage.audio_out),
      ...given("image_tokens", usage.image_out),
    },
    total_tokens: input + output,
  };
}

function totals(usage: Usage) {
  const cached = sum(usage.cache_read, usage.audio_cache_read, usage.image_cache_read);
  const written = sum(usage.cache_write_5m, usage.cache_write_1h);
  const input = sum(usage.input_uncached, cached, written, usage.audio_in, usage.image_in, usage.video_in) ?? 0;
  const output = sum(usage.output_text, usage.output_reasoning, usage.audio_out, usage.image_out, usage.video_out) ?? 0;
  return { cached, written, input, output };
}

function cachedDetails(usage: Usage) {
  const details = {
    ...given("audio_tokens", usage.audio_cache_read),
    ...given("image_tokens", usage.image_cache_read),
  };
  return Object.keys(details).length === 0 ? {} : { cached_tokens_details: details };
}

function given(name: string, count: number | undefined): Readonly<Record<string, number>> {
  return count === undefined ? {} : { [name]: count };
}
