import { type Usage } from "#inference";
import { sum } from "../usage-counts.ts";

/** Usage in the words of a message: cache reads and writes stand beside the input, thinking inside the output. */
export function messageUsage(usage: Usage) {
  const { cache_write_5m: written5m, cache_write_1h: written1h } = usage;
  const written = sum(written5m, written1h);
  return {
    input_tokens: sum(usage.input_uncached, usage.audio_in, usage.image_in, usage.video_in) ?? 0,
    cache_creation_input_tokens: written ?? null,
    cache_read_input_tokens: sum(usage.cache_read, usage.audio_cache_read, usage.image_cache_read) ?? null,
    cache_creation:
      written === undefined
        ? null
        : { ephemeral_5m_input_tokens: written5m ?? 0, ephemeral_1h_input_tokens: written1h ?? 0 },
    output_tokens:
      sum(usage.output_text, usage.output_reasoning, usage.audio_out, usage.image_out, usage.video_out) ?? 0,
    output_tokens_details: usage.output_reasoning === undefined ? null : { thinking_tokens: usage.output_reasoning },
  };
}
