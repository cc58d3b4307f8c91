import { type Usage } from "#inference";
import { sum } from "../usage-counts.ts";

/** Usage in the words of generated content: the prompt holds what was cached, thoughts stand beside the candidates. */
export function usageMetadata(usage: Usage) {
  const cached = sum(usage.cache_read, usage.audio_cache_read, usage.image_cache_read);
  const written = sum(usage.cache_write_5m, usage.cache_write_1h);
  const input = sum(usage.input_uncached, cached, written, usage.audio_in, usage.image_in, usage.video_in) ?? 0;
  const output = sum(usage.output_text, usage.audio_out, usage.image_out, usage.video_out) ?? 0;
  const { output_reasoning: thoughts } = usage;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
    ...(thoughts === undefined ? {} : { thoughtsTokenCount: thoughts }),
    ...details("promptTokensDetails", {
      AUDIO: sum(usage.audio_in, usage.audio_cache_read),
      IMAGE: sum(usage.image_in, usage.image_cache_read),
      VIDEO: usage.video_in,
    }),
    ...details("cacheTokensDetails", { AUDIO: usage.audio_cache_read, IMAGE: usage.image_cache_read }),
    ...details("candidatesTokensDetails", { AUDIO: usage.audio_out, IMAGE: usage.image_out, VIDEO: usage.video_out }),
  };
}

function details(name: string, counts: Readonly<Record<string, number | undefined>>) {
  const known = Object.entries(counts).flatMap(([modality, tokenCount]) =>
    tokenCount === undefined ? [] : [{ modality, tokenCount }],
  );
  return known.length === 0 ? {} : { [name]: known };
}
