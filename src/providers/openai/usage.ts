import { type Usage } from "#inference";
import { isObject, type JsonObject, parseUsage, sum, UsageCounts } from "../usage-counts.ts";

/** Things that an answer shows beside its usage object and that are billed by the piece. */
export interface Extras {
  readonly images?: number | undefined;
  readonly webSearches?: number | undefined;
  readonly fileSearches?: number | undefined;
  readonly codeSessions?: number | undefined;
}

/**
 * Splits a usage object of any OpenAI operation into classes that do not overlap: cached, audio and image tokens are part
 * of the input; reasoning and audio are part of the output. Both spellings occur, `prompt_tokens` and `input_tokens`.
 */
export function readUsage(text: string | undefined, extras: Extras = {}): Usage | undefined {
  const counts = new UsageCounts();
  const reported = parseUsage(text);
  if (reported !== undefined) readTokens(counts, reported);
  counts.set("images", extras.images);
  counts.set("web_searches", sum(extras.webSearches, counts.read(reported?.["num_search_queries"])));
  counts.set("file_searches", extras.fileSearches);
  counts.set("code_sessions", extras.codeSessions);
  return counts.usage();
}

function readTokens(counts: UsageCounts, reported: JsonObject): void {
  if (reported["type"] === "duration") {
    counts.set("audio_ms_in", milliseconds(counts, reported["seconds"]));
    return;
  }
  const input = counts.read(reported["prompt_tokens"]) ?? counts.read(reported["input_tokens"]);
  const output = counts.read(reported["completion_tokens"]) ?? counts.read(reported["output_tokens"]);
  readInput(counts, reported, input);
  if (output !== undefined) readOutput(counts, reported, { input, output });
}

/** Seconds may be fractional; nothing else may. */
function milliseconds(counts: UsageCounts, seconds: unknown): number | undefined {
  return counts.read(typeof seconds === "number" ? Math.round(seconds * 1_000) : seconds);
}

function readInput(counts: UsageCounts, reported: JsonObject, input: number | undefined): void {
  const details = firstObject(
    reported["prompt_tokens_details"],
    reported["input_tokens_details"],
    reported["input_token_details"],
  );
  const ofCached = firstObject(details["cached_tokens_details"]);
  const cached =
    counts.read(details["cached_tokens"]) ??
    counts.read(reported["prompt_cache_hit_tokens"]) ??
    counts.read(reported["cached_tokens"]);
  const cachedAudio = counts.read(ofCached["audio_tokens"]);
  const cachedImage = counts.read(ofCached["image_tokens"]);
  const written = counts.read(details["cache_write_tokens"]) ?? counts.read(details["cache_creation_tokens"]);
  const audio = counts.rest(counts.read(details["audio_tokens"]), cachedAudio);
  const image = counts.rest(counts.read(details["image_tokens"]), cachedImage);
  const video = counts.read(details["video_tokens"]);
  counts.set("input_uncached", counts.rest(input, cached, written, audio, image, video));
  counts.set("cache_read", counts.rest(cached, cachedAudio, cachedImage));
  counts.set("cache_write_5m", written);
  counts.set("audio_in", audio);
  counts.set("audio_cache_read", cachedAudio);
  counts.set("image_in", image);
  counts.set("image_cache_read", cachedImage);
  counts.set("video_in", video);
}

interface Totals {
  readonly input: number | undefined;
  readonly output: number;
}

function readOutput(counts: UsageCounts, reported: JsonObject, totals: Totals): void {
  const details = firstObject(
    reported["completion_tokens_details"],
    reported["output_tokens_details"],
    reported["output_token_details"],
  );
  const reasoning = counts.read(details["reasoning_tokens"]) ?? counts.read(reported["reasoning_tokens"]);
  const audio = counts.read(details["audio_tokens"]);
  const image = counts.read(details["image_tokens"]);
  counts.set(
    "output_text",
    counts.rest(totals.output, isBeside(reported, totals, reasoning) ? 0 : reasoning, audio, image),
  );
  counts.set("output_reasoning", reasoning);
  counts.set("audio_out", audio);
  counts.set("image_out", image);
}

/**
 * Some count reasoning beside the completion instead of inside it. xAI's total says so; Gemini behind Vercel's gateway shows
 * more reasoning than completion, and the cost it names is that of both.
 */
function isBeside(reported: JsonObject, { input, output }: Totals, reasoning: number | undefined): boolean {
  if (reasoning === undefined || reasoning === 0) return false;
  return reasoning > output || reported["total_tokens"] === sum(input, output, reasoning);
}

/** An empty one where there is none, so that each name in it can be asked for as it stands here. */
function firstObject(...values: readonly unknown[]): JsonObject {
  for (const value of values) if (isObject(value)) return value;
  return NOTHING;
}

const NOTHING: JsonObject = {};
