/** Which classes are input, which are output, and whose rate stands in where a price list gives a class none. */
import { type Usage, type UsageClass } from "#inference";

export const inputClasses = [
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_in",
  "audio_cache_read",
  "image_in",
  "image_cache_read",
  "video_in",
] as const satisfies readonly UsageClass[];

export const outputClasses = [
  "output_text",
  "output_reasoning",
  "audio_out",
  "image_out",
  "video_out",
] as const satisfies readonly UsageClass[];

const tokenClasses: ReadonlySet<string> = new Set([...inputClasses, ...outputClasses]);

export function isTokenClass(name: UsageClass): boolean {
  return tokenClasses.has(name);
}

/** The whole input, which decides the context band. */
export function inputTokens(usage: Usage): number {
  let total = 0;
  for (const name of inputClasses) total += usage[name] ?? 0;
  return total;
}

/**
 * Price lists leave out rates that equal a wider one: a model without a cache rate bills cached input as input, reasoning
 * as output. What a list leaves out although it costs more (an hour's cache write where five minutes have a rate,
 * generated sound, images or video) has no stand-in and stays unpriced.
 */
export function standInsOf(name: UsageClass, isPriced: (name: UsageClass) => boolean): readonly UsageClass[] {
  switch (name) {
    case "cache_read":
    case "cache_write_5m":
    case "audio_in":
    case "image_in":
    case "video_in":
      return ["input_uncached"];
    case "cache_write_1h":
      return isPriced("cache_write_5m") ? [] : ["input_uncached"];
    case "audio_cache_read":
      return ["audio_in", "cache_read", "input_uncached"];
    case "image_cache_read":
      return ["image_in", "cache_read", "input_uncached"];
    case "output_reasoning":
      return ["output_text"];
    default:
      return [];
  }
}
