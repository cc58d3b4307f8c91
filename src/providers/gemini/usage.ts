import { type Usage } from "#inference";
import { isObject, sum, UsageCounts } from "../usage-counts.ts";

/**
 * Splits `usageMetadata`: cached content is part of the prompt, the prompts of tools stand beside it, and thoughts stand
 * beside the candidates. Modalities are part of their totals.
 */
export function readUsage(
  reported: { readonly [key: string]: unknown },
  webSearches: number | undefined,
): Usage | undefined {
  const counts = new UsageCounts();
  readInput(counts, reported);
  const output = modalities(counts, reported["candidatesTokensDetails"]);
  counts.set(
    "output_text",
    counts.rest(counts.at(reported, "candidatesTokenCount"), output.audio, output.image, output.video),
  );
  counts.set("output_reasoning", counts.at(reported, "thoughtsTokenCount"));
  counts.set("audio_out", output.audio);
  counts.set("image_out", output.image);
  counts.set("video_out", output.video);
  counts.set("web_searches", webSearches);
  return counts.usage();
}

function readInput(counts: UsageCounts, reported: { readonly [key: string]: unknown }): void {
  const cached = modalities(counts, reported["cacheTokensDetails"]);
  const prompt = modalities(counts, reported["promptTokensDetails"]);
  const tools = modalities(counts, reported["toolUsePromptTokensDetails"]);
  const audio = counts.rest(sum(prompt.audio, tools.audio), cached.audio);
  const image = counts.rest(sum(prompt.image, tools.image), cached.image);
  const video = counts.rest(sum(prompt.video, tools.video), cached.video);
  const cachedTotal = counts.at(reported, "cachedContentTokenCount");
  const total = sum(counts.at(reported, "promptTokenCount"), counts.at(reported, "toolUsePromptTokenCount"));
  counts.set("input_uncached", counts.rest(total, cachedTotal, audio, image, video));
  // Video has no class of its own in the cache, and no provider prices it apart.
  counts.set("cache_read", counts.rest(cachedTotal, cached.audio, cached.image));
  counts.set("audio_in", audio);
  counts.set("audio_cache_read", cached.audio);
  counts.set("image_in", image);
  counts.set("image_cache_read", cached.image);
  counts.set("video_in", video);
}

interface Modalities {
  readonly audio: number | undefined;
  readonly image: number | undefined;
  readonly video: number | undefined;
}

/** Pages of documents are read as images. A modality without a count is one with none: protocol buffers leave zeros out. */
function modalities(counts: UsageCounts, details: unknown): Modalities {
  const known: unknown[] = Array.isArray(details) ? details : [];
  const of = (...names: readonly unknown[]) =>
    sum(
      ...known
        .filter(isObject)
        .filter((one) => names.includes(one["modality"]))
        .map((one) => counts.at(one, "tokenCount") ?? 0),
    );
  return { audio: of("AUDIO"), image: of("IMAGE", "DOCUMENT"), video: of("VIDEO") };
}
