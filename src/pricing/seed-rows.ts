import { type ConditionalPrice, type ModelInfo, type ModelPrice } from "@pydantic/genai-prices";
import { assert } from "#std";
import { type UsageClass } from "#inference";
import { type Instant, instant } from "#units";
import { exactRate } from "./exact-decimal.ts";
import { type PriceRow, type PrintedQuarantinedRow, type TimeWindow } from "./price-row.ts";
import { SEED_VERSION, type SeedProvider } from "./seed.ts";
import { isTokenClass } from "./usage-family.ts";

interface SeedUnit {
  readonly class: UsageClass;
  readonly units: number;
}

const M = 1_000_000;
const K = 1_000;
const HOUR_MS = 3_600_000;

/** Price keys of the seed in our classes. The seed's plain cache write is the five-minute one. */
const seedUnits: ReadonlyMap<string, SeedUnit> = new Map<string, SeedUnit>([
  ["input_mtok", { class: "input_uncached", units: M }],
  ["cache_read_mtok", { class: "cache_read", units: M }],
  ["cache_write_mtok", { class: "cache_write_5m", units: M }],
  ["cache_write_1h_mtok", { class: "cache_write_1h", units: M }],
  ["output_mtok", { class: "output_text", units: M }],
  ["output_reasoning_mtok", { class: "output_reasoning", units: M }],
  ["input_audio_mtok", { class: "audio_in", units: M }],
  ["cache_audio_read_mtok", { class: "audio_cache_read", units: M }],
  ["output_audio_mtok", { class: "audio_out", units: M }],
  ["input_image_mtok", { class: "image_in", units: M }],
  ["cache_image_read_mtok", { class: "image_cache_read", units: M }],
  ["output_image_mtok", { class: "image_out", units: M }],
  ["input_video_mtok", { class: "video_in", units: M }],
  ["output_video_mtok", { class: "video_out", units: M }],
  ["input_mchars", { class: "characters_in", units: M }],
  ["audio_hours", { class: "audio_ms_in", units: HOUR_MS }],
  ["output_audio_hours", { class: "audio_ms_out", units: HOUR_MS }],
  ["requests_kcount", { class: "requests", units: K }],
  ["web_searches_kcount", { class: "web_searches", units: K }],
  ["storage_searches_kcount", { class: "file_searches", units: K }],
]);

/** A narrower name for the same seconds; always listed beside `audio_hours`. */
const REPEATED = new Set(["input_audio_hours"]);

export interface SeedRows {
  readonly rows: readonly PriceRow[];
  /** Prices in units we have no class for; what they price cannot be measured, and is shown instead of forgotten. */
  readonly unrepresented: readonly PrintedQuarantinedRow[];
}

export function rowsOfSeedModel(provider: SeedProvider, model: ModelInfo): SeedRows {
  const rows: PriceRow[] = [];
  const unrepresented: PrintedQuarantinedRow[] = [];
  for (const period of periodsOf(model.prices)) {
    for (const [key, price] of Object.entries(period.prices)) {
      if (price === undefined || REPEATED.has(key)) continue;
      const unit = seedUnits.get(key);
      const steps = typeof price === "number" ? [{ start: 0, price }] : stepsOf(price);
      const about = { provider, model, period, key };
      for (const step of steps) {
        const row = unit === undefined ? undefined : seedRow(about, unit, step);
        if (row === undefined) unrepresented.push(unrepresentedRow(about, step));
        else rows.push(row);
      }
    }
  }
  return { rows, unrepresented };
}

interface Step {
  readonly start: number;
  readonly price: number;
}

function stepsOf(price: { readonly base: number; readonly tiers: readonly Step[] }): readonly Step[] {
  return [{ start: 0, price: price.base }, ...price.tiers];
}

interface AboutRow {
  readonly provider: SeedProvider;
  readonly model: ModelInfo;
  readonly period: Period;
  readonly key: string;
}

function seedRow({ provider, model, period, key }: AboutRow, unit: SeedUnit, step: Step): PriceRow | undefined {
  const rate = exactRate(step.price, { units: unit.units });
  if (rate === undefined) return undefined;
  return {
    id: rowId({ provider, model, period, key }, step.start),
    class: unit.class,
    rate,
    isFree: false,
    tier: isTokenClass(unit.class) ? "standard" : "any",
    over: step.start,
    region: undefined,
    window: period.window,
    from: period.from,
    until: period.until,
    source: sourceOf(provider),
    checkedAt: undefined,
  };
}

function rowId({ provider, model, period, key }: AboutRow, over: number): string {
  const marks = [
    over === 0 ? "" : `>${over}`,
    period.from === undefined ? "" : `@${dayOf(period.from)}`,
    period.window === undefined ? "" : `@${period.window.fromMs / 60_000}m`,
  ];
  return `seed:${provider.id}/${model.id}:${key}${marks.join("")}`;
}

function dayOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}

function sourceOf(provider: SeedProvider): string {
  const list = provider.pricing_urls?.[0];
  return `@pydantic/genai-prices ${SEED_VERSION}${list === undefined ? "" : `, ${list}`}`;
}

function unrepresentedRow(about: AboutRow, step: Step): PrintedQuarantinedRow {
  return {
    row: rowId(about, step.start),
    provider: about.provider.id,
    model: about.model.id,
    class: about.key,
    rate: String(step.price),
    tier: "any",
    source: sourceOf(about.provider),
    reason: `not a decimal in a unit that has a usage class; the rate is as the seed writes it`,
  };
}

/** One price list of a model with the time in which it holds. */
interface Period {
  readonly prices: ModelPrice;
  readonly from: Instant | undefined;
  readonly until: Instant | undefined;
  readonly window: TimeWindow | undefined;
}

/**
 * The seed lists conditions in order and the last that holds wins; the first is the fallback. A time of day that follows
 * a start date belongs to the list that began then, and a list ends where the next one starts.
 */
function periodsOf(prices: readonly ConditionalPrice[] | ModelPrice): readonly Period[] {
  if (!isConditional(prices)) return [{ prices, from: undefined, until: undefined, window: undefined }];
  const periods: Omit<Period, "until">[] = [];
  let since: Instant | undefined;
  for (const [index, { constraint, prices: list }] of prices.entries()) {
    const isFallback = index === 0 || constraint === undefined;
    if (!isFallback && constraint.type === "start_date")
      since = instant(Date.parse(`${constraint.start_date}T00:00:00Z`));
    const window =
      isFallback || constraint.type === "start_date"
        ? undefined
        : { fromMs: timeOfDay(constraint.start_time), toMs: timeOfDay(constraint.end_time) };
    periods.push({ prices: list, from: since, window });
  }
  const starts = periods.map((period) => period.from).filter((from) => from !== undefined);
  return periods.map((period) => ({ ...period, until: nextAfter(starts, period.from) }));
}

function isConditional(prices: readonly ConditionalPrice[] | ModelPrice): prices is readonly ConditionalPrice[] {
  return Array.isArray(prices);
}

function nextAfter(starts: readonly Instant[], from: Instant | undefined): Instant | undefined {
  return starts.find((start) => from === undefined || start > from);
}

/** `01:00:00Z` in milliseconds of the UTC day; the seed writes offsets other than Z nowhere, and one would end here. */
function timeOfDay(text: string): number {
  const at = Date.parse(`1970-01-01T${text}`);
  assert(Number.isInteger(at) && at >= 0, `a time of day in the seed: ${text}`);
  return at;
}
