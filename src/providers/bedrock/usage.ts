import { type Usage } from "#inference";
import { isObject, type JsonObject, sum, UsageCounts } from "../usage-counts.ts";

/**
 * Splits a usage object of Converse: input, cache reads and cache writes are counted beside each other, and thinking
 * inside the output, unseparated. `cacheDetails` says for how long the writes are kept.
 */
export function readUsage(reported: JsonObject): Usage | undefined {
  const counts = new UsageCounts();
  const written = counts.at(reported, "cacheWriteInputTokens");
  const details = reported["cacheDetails"];
  const written1h = Array.isArray(details) ? longWrites(counts, details) : undefined;
  counts.set("input_uncached", counts.at(reported, "inputTokens"));
  counts.set("cache_read", counts.at(reported, "cacheReadInputTokens"));
  counts.set("cache_write_5m", counts.rest(written, written1h));
  counts.set("cache_write_1h", written1h);
  counts.set("output_text", counts.at(reported, "outputTokens"));
  return counts.usage();
}

function longWrites(counts: UsageCounts, details: readonly unknown[]): number | undefined {
  const long = details.filter(isObject).filter((detail) => detail["ttl"] === "1h");
  return sum(...long.map((detail) => counts.at(detail, "inputTokens")));
}
