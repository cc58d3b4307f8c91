/** What reports count by: coarser than our classes where a provider tells them apart no further. */
import { type StepKind, type UsageClass } from "#inference";
import { type ReportFormat } from "./report.ts";

const same: ReadonlySet<UsageClass> = new Set([
  "cache_read",
  "audio_in",
  "audio_cache_read",
  "audio_out",
  "image_in",
  "image_cache_read",
  "image_out",
  "images",
  "audio_ms_in",
  "characters_in",
  "web_searches",
  "file_searches",
  "code_sessions",
]);

/** The meter that a class is counted by in reports of this format. One that no report states has its own name. */
export function meterOf(format: ReportFormat, kind: StepKind, name: UsageClass): string {
  if (same.has(name)) return name;
  if (name === "input_uncached") return kind === "embedding" && format === "openai" ? "embedding_input" : "input";
  if (name === "output_text" || name === "output_reasoning") return "output";
  const isWrite = name === "cache_write_5m" || name === "cache_write_1h";
  return isWrite && format === "openai" ? "cache_write" : name;
}

const classes: ReadonlyMap<string, UsageClass> = new Map([
  ["input", "input_uncached"],
  ["embedding_input", "input_uncached"],
  ["output", "output_text"],
  ["cache_write", "cache_write_5m"],
  ["cache_write_5m", "cache_write_5m"],
  ["cache_write_1h", "cache_write_1h"],
  ...[...same].map((name) => [name, name] as const),
]);

/** The class by whose rate a meter is priced where the ledger has no rate of its own. */
export function classOfMeter(meter: string): UsageClass | undefined {
  return classes.get(meter);
}

/** What a report of chat usage states, even where it leaves a count out because it is zero. */
export const tokenMeters = {
  openai: [
    "input",
    "cache_read",
    "cache_write",
    "output",
    "audio_in",
    "audio_cache_read",
    "audio_out",
    "image_in",
    "image_cache_read",
    "image_out",
  ],
  anthropic: ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "web_searches"],
} as const satisfies { readonly [Format in ReportFormat]: readonly string[] };
