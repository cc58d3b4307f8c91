/** Pages of Anthropic's `GET /v1/organizations/usage_report/messages` and `/cost_report`. */
import { z } from "zod";
import { err, ok, type Result } from "#std";
import { exactAmount } from "./exact-amount.ts";
import { tokenMeters } from "./meter.ts";
import { kindOfLine, readBuckets, type ReadLine, usageLines } from "./page-lines.ts";
import { type PageProblem, type PageReading, type ReportPage } from "./report-page.ts";
import { type ReportCost, type ReportUsage } from "./report.ts";

const count = z.int().min(0).nullish();
const label = z.string().max(256).nullish();

const grouped = {
  model: label,
  service_tier: label,
  workspace_id: label,
  api_key_id: label,
  account_id: label,
  service_account_id: label,
  context_window: label,
  inference_geo: label,
  speed: label,
} as const;

const UsageResult = z.looseObject({
  ...grouped,
  uncached_input_tokens: z.int().min(0),
  amount: z.undefined().optional(),
  cache_read_input_tokens: count,
  cache_creation: z.looseObject({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count }).nullish(),
  output_tokens: count,
  server_tool_use: z.looseObject({ web_search_requests: count }).nullish(),
});
type UsageResult = z.infer<typeof UsageResult>;

const CostResult = z.looseObject({
  ...grouped,
  amount: z.string().max(60),
  uncached_input_tokens: z.undefined().optional(),
  currency: z.string().max(3),
  cost_type: label,
  token_type: label,
  description: z.string().max(500).nullish(),
});
type CostResult = z.infer<typeof CostResult>;

const Page = z.looseObject({
  data: z
    .array(
      z.looseObject({
        starting_at: z.iso.datetime({ offset: true }),
        ending_at: z.iso.datetime({ offset: true }),
        results: z.array(z.union([CostResult, UsageResult])).max(100_000),
      }),
    )
    .max(100_000),
  has_more: z.boolean().nullish(),
});

export function readAnthropicPage(json: unknown, reading: PageReading): Result<ReportPage, PageProblem> {
  const page = Page.safeParse(json);
  if (!page.success) return err({ type: "not-a-report", path: page.error.issues[0]?.path.join(".") ?? "" });
  const buckets = page.data.data.map(({ starting_at, ending_at, results }) => ({
    fromMs: Date.parse(starting_at),
    toMs: Date.parse(ending_at),
    results,
  }));
  const kinds = new Set(buckets.flatMap(({ results }) => results.map((line) => (isCost(line) ? "costs" : "usage"))));
  const [kind = reading.asked] = kinds;
  if (kinds.size > 1) return err({ type: "mixed", path: "data" });
  const read = readBuckets<CostResult | UsageResult>(buckets, (line, day) => readLine(line, { day, reading }), reading);
  if (!read.ok) return read;
  const meters = kind === "usage" ? tokenMeters.anthropic : [];
  const hasMore = page.data.has_more === true;
  return ok({ format: "anthropic", series: kind, hasMore, meters, isCosts: kind === "costs", ...read.value });
}

function readLine(
  result: CostResult | UsageResult,
  { day, reading }: { readonly day: string; readonly reading: PageReading },
): Result<ReadLine, Omit<PageProblem, "path">> {
  const { model, service_tier, workspace_id, api_key_id, account_id } = result;
  const { service_account_id, context_window, inference_geo, speed } = result;
  const key = [model, service_tier, workspace_id, api_key_id, account_id, service_account_id];
  const whole = [...key, context_window, inference_geo, speed];
  if (isCost(result)) {
    const cost = readCost(result, { day, currency: reading.currency });
    const names = [result.cost_type, result.token_type, result.description];
    return cost.ok ? ok({ key: [...whole, ...names], usage: [], cost: cost.value, isTiered: true }) : cost;
  }
  const usage = readUsage(result, day);
  if (!usage.ok) return usage;
  const isTiered = usage.value.length === 0 || tierOf(result) !== undefined;
  return ok({ key: whole, usage: usage.value, cost: undefined, isTiered });
}

function isCost(result: CostResult | UsageResult): result is CostResult {
  return result.amount !== undefined;
}

const ANYWHERE: ReadonlySet<string> = new Set(["global", "not_available"]);

/** Fast mode, and inference kept in one geography, are billed apart from the tiers, and called ones here as in the ledger. */
function tierOf({ service_tier, speed, inference_geo }: UsageResult | CostResult): string | undefined {
  const tier = speed === "fast" ? "fast" : (service_tier ?? undefined);
  if (typeof inference_geo !== "string" || ANYWHERE.has(inference_geo)) return tier;
  return tier === undefined || tier === "standard" ? inference_geo : `${tier}_${inference_geo}`;
}

function readUsage(result: UsageResult, day: string): Result<readonly ReportUsage[], Omit<PageProblem, "path">> {
  const of = { day, model: result.model ?? "", tier: tierOf(result) };
  const { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens } = result.cache_creation ?? {};
  const lines = usageLines(of, {
    input: result.uncached_input_tokens,
    cache_read: result.cache_read_input_tokens ?? 0,
    cache_write_5m: ephemeral_5m_input_tokens ?? 0,
    cache_write_1h: ephemeral_1h_input_tokens ?? 0,
    output: result.output_tokens ?? 0,
    web_searches: result.server_tool_use?.web_search_requests ?? 0,
  });
  return lines.length > 0 && of.model === "" ? err({ type: "not-by-model" }) : ok(lines);
}

const meters: ReadonlyMap<string, string> = new Map([
  ["uncached_input_tokens", "input"],
  ["cache_read_input_tokens", "cache_read"],
  ["cache_creation.ephemeral_5m_input_tokens", "cache_write_5m"],
  ["cache_creation.ephemeral_1h_input_tokens", "cache_write_1h"],
  ["output_tokens", "output"],
]);

/** Amounts are decimal strings of cents. */
function readCost(
  result: CostResult,
  { day, currency }: { readonly day: string; readonly currency: string },
): Result<ReportCost, Omit<PageProblem, "path">> {
  if (result.currency.toUpperCase() !== currency) return err({ type: "other-currency" });
  const read = exactAmount(result.amount, "cents");
  if (read === undefined) return err({ type: "not-a-report" });
  const item = result.description ?? result.cost_type ?? "";
  const kind = kindOfLine(item, read.nanos);
  const meter = meters.get(result.token_type ?? "");
  const model = result.model ?? "";
  const isKeyed = kind === "usage" && meter !== undefined && model !== "";
  return ok({
    ...read,
    day,
    kind,
    item,
    of: isKeyed ? { model, meter, tier: tierOf(result) } : undefined,
    quantity: undefined,
  });
}
