import { type Usage } from "#inference";
import { isObject, sum, UsageCounts } from "../usage-counts.ts";

/**
 * Splits a usage object of the Messages format: input, cache reads and cache writes are counted beside each other, thinking
 * inside the output. A compaction is an iteration of its own that the totals leave out.
 */
export function readUsage(reported: { readonly [key: string]: unknown }): Usage | undefined {
  const counts = new UsageCounts();
  const parts = [reported, ...compactions(counts, reported["iterations"])].map((part) => readCounts(counts, part));
  const total = (name: keyof Counts) => sum(...parts.map((part) => part[name]));
  const thinking = counts.at(reported, "output_tokens_details", "thinking_tokens");
  counts.set("input_uncached", total("input"));
  counts.set("cache_read", total("read"));
  counts.set("cache_write_5m", total("written5m"));
  counts.set("cache_write_1h", total("written1h"));
  counts.set("output_text", counts.rest(total("output"), thinking));
  counts.set("output_reasoning", thinking);
  counts.set("web_searches", counts.at(reported, "server_tool_use", "web_search_requests"));
  counts.set("web_fetches", counts.at(reported, "server_tool_use", "web_fetch_requests"));
  return counts.usage();
}

interface Counts {
  readonly input: number | undefined;
  readonly read: number | undefined;
  readonly written5m: number | undefined;
  readonly written1h: number | undefined;
  readonly output: number | undefined;
}

function readCounts(counts: UsageCounts, reported: { readonly [key: string]: unknown }): Counts {
  return {
    input: counts.at(reported, "input_tokens"),
    read: counts.at(reported, "cache_read_input_tokens"),
    ...readWrites(counts, reported),
    output: counts.at(reported, "output_tokens"),
  };
}

/**
 * Writes by how long they are kept. In a stream the split comes first and the total grows after it; what came later is
 * kept as long as the rest, or five minutes where the split does not say.
 */
function readWrites(counts: UsageCounts, reported: { readonly [key: string]: unknown }) {
  const total = counts.at(reported, "cache_creation_input_tokens");
  const split = reported["cache_creation"];
  const written1h = counts.at(split, "ephemeral_1h_input_tokens");
  const written5m = counts.at(split, "ephemeral_5m_input_tokens");
  if (written1h === undefined && written5m === undefined) return { written5m: total, written1h: undefined };
  if (total === undefined) return { written5m, written1h };
  const later = counts.rest(total, written5m, written1h) ?? 0;
  const isLong = (written1h ?? 0) > 0 && (written5m ?? 0) === 0;
  return isLong ? { written5m, written1h: sum(written1h, later) } : { written5m: sum(written5m, later), written1h };
}

/** Iterations of kinds we do not know may be billed at another model's rates, so they make the usage unknown. */
function compactions(counts: UsageCounts, iterations: unknown): { readonly [key: string]: unknown }[] {
  if (!Array.isArray(iterations)) return [];
  const known: unknown[] = iterations;
  return known.filter(isObject).filter((iteration) => {
    const type = iteration["type"];
    if (type !== "message" && type !== "compaction") counts.isPossible = false;
    return type === "compaction";
  });
}

/** The later value of each field, unless it is null: a final event leaves out or nulls what it does not repeat. */
export function mergeUsage(
  before: { readonly [key: string]: unknown } | undefined,
  after: { readonly [key: string]: unknown },
): { readonly [key: string]: unknown } {
  const merged: { [key: string]: unknown } = { ...before };
  for (const [key, value] of Object.entries(after)) {
    if (value === null || value === undefined) continue;
    const earlier = merged[key];
    merged[key] = isObject(earlier) && isObject(value) ? mergeUsage(earlier, value) : value;
  }
  return merged;
}

const ANYWHERE: ReadonlySet<string> = new Set(["global", "not_available"]);

/** `inference_geo` of a request or of usage, where it names one geography; older models answer `not_available`. */
export function geographyOf(value: unknown): string | undefined {
  return typeof value === "string" && !ANYWHERE.has(value) ? value : undefined;
}
