/** Pages of OpenAI's `GET /organization/usage/…` and `GET /organization/costs`. */
import { z } from "zod";
import { err, ok, type Result } from "#std";
import { exactAmount } from "./exact-amount.ts";
import { tokenMeters } from "./meter.ts";
import { kindOfLine, readBuckets, type ReadLine, usageLines } from "./page-lines.ts";
import { type PageProblem, type PageReading, type ReportPage } from "./report-page.ts";
import { type ReportCost, type ReportUsage } from "./report.ts";

const count = z.int().min(0).nullish();
const label = z.string().max(256).nullish();

const UsageResult = z.looseObject({
  object: z.string().max(100).startsWith("organization.usage."),
  input_tokens: count,
  input_cached_tokens: count,
  input_cache_write_tokens: count,
  output_tokens: count,
  input_audio_tokens: count,
  input_cached_audio_tokens: count,
  output_audio_tokens: count,
  input_image_tokens: count,
  input_cached_image_tokens: count,
  output_image_tokens: count,
  num_requests: count,
  num_sessions: count,
  characters: count,
  seconds: count,
  images: count,
  model: label,
  batch: z.boolean().nullish(),
  service_tier: label,
  project_id: label,
  user_id: label,
  api_key_id: label,
});
type UsageResult = z.infer<typeof UsageResult>;

const CostResult = z.looseObject({
  object: z.literal("organization.costs.result"),
  amount: z.looseObject({ value: z.union([z.number(), z.string().max(60)]), currency: z.string().max(3) }),
  line_item: label,
  quantity: z.number().nullish(),
  project_id: label,
  api_key_id: label,
});
type CostResult = z.infer<typeof CostResult>;

const Page = z.looseObject({
  object: z.literal("page"),
  data: z
    .array(
      z.looseObject({
        start_time: z.int(),
        end_time: z.int(),
        results: z.array(z.union([CostResult, UsageResult])).max(100_000),
      }),
    )
    .max(100_000),
  has_more: z.boolean().nullish(),
});

/** What each kind of usage states. Moderations cost nothing, and bytes of vector stores are not in the ledger. */
const metersOfKind: Readonly<Record<string, readonly string[]>> = {
  completions: tokenMeters.openai,
  embeddings: ["embedding_input"],
  images: ["images"],
  audio_speeches: ["characters_in"],
  audio_transcriptions: ["audio_ms_in"],
  web_searches: ["web_searches"],
  file_searches: ["file_searches"],
  code_interpreter_sessions: ["code_sessions"],
  moderations: [],
};

export function readOpenAiPage(json: unknown, reading: PageReading): Result<ReportPage, PageProblem> {
  const page = Page.safeParse(json);
  if (!page.success) return err({ type: "not-a-report", path: page.error.issues[0]?.path.join(".") ?? "" });
  const buckets = page.data.data.map(({ start_time, end_time, results }) => ({
    fromMs: start_time * 1000,
    toMs: end_time * 1000,
    results,
  }));
  const kinds = new Set(buckets.flatMap(({ results }) => results.map(kindOf)));
  const [kind = reading.asked] = kinds;
  if (kinds.size > 1) return err({ type: "mixed", path: "data" });
  const meters = kind === undefined || kind === "costs" ? [] : metersOfKind[kind];
  if (meters === undefined) return err({ type: "not-a-report", path: "data.0.results.0.object" });
  const read = readBuckets<CostResult | UsageResult>(buckets, (line, day) => readLine(line, { day, reading }), reading);
  if (!read.ok) return read;
  const hasMore = page.data.has_more === true;
  return ok({ format: "openai", series: kind, hasMore, meters, isCosts: kind === "costs", ...read.value });
}

function readLine(
  result: CostResult | UsageResult,
  { day, reading }: { readonly day: string; readonly reading: PageReading },
): Result<ReadLine, Omit<PageProblem, "path">> {
  const key = [result.object, result.project_id, result.api_key_id];
  if (isCost(result)) {
    const cost = readCost(result, { day, currency: reading.currency });
    return cost.ok ? ok({ key: [...key, result.line_item], usage: [], cost: cost.value, isTiered: true }) : cost;
  }
  const usage = readUsage(result, day);
  if (!usage.ok) return usage;
  const { model, batch, service_tier, user_id } = result;
  const names = [model, batch, service_tier, user_id];
  return ok({ key: [...key, ...names], usage: usage.value, cost: undefined, isTiered: isTiered(result) });
}

function isCost(result: CostResult | UsageResult): result is CostResult {
  return result.object === "organization.costs.result";
}

function kindOf({ object }: CostResult | UsageResult): string {
  return /^organization\.(?:usage\.)?(\w+)\.result$/.exec(object)?.[1] ?? object;
}

/** A bucket without tokens says nothing of tiers. */
function isTiered({ batch, service_tier, input_tokens, output_tokens }: UsageResult): boolean {
  const hasTokens = (input_tokens ?? 0) + (output_tokens ?? 0) > 0;
  return !hasTokens || (batch ?? undefined) !== undefined || (service_tier ?? undefined) !== undefined;
}

function readUsage(result: UsageResult, day: string): Result<readonly ReportUsage[], Omit<PageProblem, "path">> {
  const quantities = quantitiesOf(result);
  const lines = usageLines({ day, model: result.model ?? "", tier: tierOf(result) }, quantities);
  if (Object.values(quantities).some((quantity) => quantity < 0)) return err({ type: "not-a-report" });
  return lines.length > 0 && result.model === null ? err({ type: "not-by-model" }) : ok(lines);
}

function tierOf({ batch, service_tier }: UsageResult): string | undefined {
  if (batch === true) return "batch";
  return service_tier ?? (batch === false ? "default" : undefined);
}

/** `input_tokens` has everything in it, and text is what is neither sound nor picture. */
function quantitiesOf(result: UsageResult): Readonly<Record<string, number>> {
  const kind = kindOf(result);
  const of = (name: keyof UsageResult) => {
    const value = result[name];
    return typeof value === "number" ? value : 0;
  };
  if (kind === "embeddings") return { embedding_input: of("input_tokens") };
  if (kind !== "completions") {
    return {
      images: of("images"),
      characters_in: of("characters"),
      audio_ms_in: of("seconds") * 1000,
      code_sessions: of("num_sessions"),
      ...(kind === "web_searches" && { web_searches: of("num_requests") }),
      ...(kind === "file_searches" && { file_searches: of("num_requests") }),
    };
  }
  const [cached, written] = [of("input_cached_tokens"), of("input_cache_write_tokens")];
  const [audioRead, imageRead] = [of("input_cached_audio_tokens"), of("input_cached_image_tokens")];
  const fresh = of("input_tokens") - cached - written;
  return {
    input: fresh - of("input_audio_tokens") - of("input_image_tokens"),
    audio_in: of("input_audio_tokens"),
    image_in: of("input_image_tokens"),
    cache_read: cached - audioRead - imageRead,
    audio_cache_read: audioRead,
    image_cache_read: imageRead,
    cache_write: written,
    output: of("output_tokens") - of("output_audio_tokens") - of("output_image_tokens"),
    audio_out: of("output_audio_tokens"),
    image_out: of("output_image_tokens"),
  };
}

function readCost(
  { amount, line_item, quantity }: CostResult,
  { day, currency }: { readonly day: string; readonly currency: string },
): Result<ReportCost, Omit<PageProblem, "path">> {
  if (amount.currency.toUpperCase() !== currency) return err({ type: "other-currency" });
  const read = exactAmount(String(amount.value), "currency");
  if (read === undefined) return err({ type: "not-a-report" });
  const item = line_item ?? "";
  const kind = kindOfLine(item, read.nanos);
  const isWhole = typeof quantity === "number" && Number.isSafeInteger(quantity);
  const of = kind === "usage" ? partsOf(item) : undefined;
  return ok({ ...read, day, kind, item, of, quantity: isWhole ? quantity : undefined });
}

const meters: ReadonlyMap<string, string> = new Map([
  ["input", "input"],
  ["cached input", "cache_read"],
  ["cache write input", "cache_write"],
  ["output", "output"],
  ["audio input", "audio_in"],
  ["cached audio input", "audio_cache_read"],
  ["audio output", "audio_out"],
  ["image input", "image_in"],
  ["cached image input", "image_cache_read"],
  ["image output", "image_out"],
]);
const LINE = /^([^,]{1,200}), ([a-z ]{1,40})(?:, (batch|flex|priority|default))?$/;

/** `gpt-5-mini-2025-08-07, cached input`; a line in other words stands for its day alone. */
function partsOf(item: string): ReportCost["of"] {
  const [, model = "", words = "", tier] = LINE.exec(item) ?? [];
  const meter = model.startsWith("text-embedding") && words === "input" ? "embedding_input" : meters.get(words);
  return meter === undefined ? undefined : { model, meter, tier: tier ?? "default" };
}
