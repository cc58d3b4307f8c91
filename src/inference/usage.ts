/**
 * Classes that never overlap: every token, image or second is counted in exactly one of them. The last six are what steps
 * other than model calls are measured in; `kb_days` are kilobytes (1,000 bytes) kept for a day.
 */
export const usageClasses = [
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "output_text",
  "output_reasoning",
  "audio_in",
  "audio_cache_read",
  "audio_out",
  "image_in",
  "image_cache_read",
  "image_out",
  "video_in",
  "video_out",
  "images",
  "audio_ms_in",
  "audio_ms_out",
  "characters_in",
  "requests",
  "web_searches",
  "web_fetches",
  "file_searches",
  "code_sessions",
  "step_calls",
  "step_ms",
  "kb_days",
  "vectors",
  "gpu_ms",
  "person_ms",
] as const;
export type UsageClass = (typeof usageClasses)[number];

/** Measured quantities, whole and non-negative. A class that was not reported is absent: unknown is not zero. */
export type Usage = { readonly [Class in UsageClass]?: number };
