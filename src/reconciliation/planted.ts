/** Made-up weeks of one provider, told by both sides: what a ledger would hold, and what the provider's API would answer. */
import { type UsageClass } from "#inference";
import { assert } from "#std";
import { charge, formatMoney, type Money, money, parseRate, type Rate } from "#units";
import { type LedgerCharge, type LedgerDays, type LedgerQuantity } from "./ledger-days.ts";
import { type ReportFormat } from "#reports";

/** What one model used on one day in one tier, call by call. */
export interface Use {
  readonly day: string;
  readonly model: string;
  readonly tier: "standard" | "batch";
  readonly class: UsageClass;
  readonly rate: string;
  readonly calls: readonly number[];
}

export function rateOf(text: string): Rate {
  const rate = parseRate(text);
  assert(rate.ok, "a rate of the test is one");
  return rate.value;
}

export function sumOf(calls: readonly number[]): number {
  return calls.reduce((sum, quantity) => sum + quantity, 0);
}

/** As a bill has it: one amount for all of the quantity. */
export function billed({ calls, rate }: Pick<Use, "calls" | "rate">): Money {
  return charge(sumOf(calls), rateOf(rate));
}

/** As the ledger has it: each call rounded for itself. */
export function booked({ calls, rate }: Pick<Use, "calls" | "rate">): Money {
  return money(calls.reduce((sum, quantity) => sum + charge(quantity, rateOf(rate)), 0n));
}

export function ledgerOf(uses: readonly Use[], repeats: readonly LedgerQuantity[] = []): LedgerDays {
  const charges = uses.map((use): LedgerCharge => ({
    ...quantityOf(use),
    rate: use.rate,
    nanos: booked(use),
    roundings: use.calls.length,
  }));
  return { charges, quantities: uses.map(quantityOf), repeats, open: [] };
}

export function quantityOf({ day, model, tier, class: name, calls }: Use): LedgerQuantity {
  return {
    day,
    model,
    tier: tier === "standard" ? undefined : tier,
    kind: "model",
    class: name,
    quantity: sumOf(calls),
  };
}

/** An amount that no quantity stands behind, such as a credit. */
export interface OtherLine {
  readonly day: string;
  readonly item: string;
  readonly nanos: Money;
}

interface Told {
  readonly days: readonly string[];
  readonly uses: readonly Use[];
  readonly others?: readonly OtherLine[];
}

/** The pages of usage and of costs, as JSON. */
export function pagesOf(format: ReportFormat, told: Told): readonly unknown[] {
  return format === "openai" ? openAiPages(told) : anthropicPages(told);
}

const seconds = (day: string) => Date.parse(day) / 1000;
const DAY_SECONDS = 86_400;

function openAiPages({ days, uses, others = [] }: Told): readonly unknown[] {
  const page = (resultsOf: (day: string) => readonly unknown[]) => ({
    object: "page",
    data: days.map((day) => ({
      object: "bucket",
      start_time: seconds(day),
      end_time: seconds(day) + DAY_SECONDS,
      results: resultsOf(day),
    })),
    has_more: false,
    next_page: null,
  });
  const usage = page((day) =>
    groups(uses, day).map(([first, group]) => {
      const [read, written, input] = [
        of(group, "cache_read"),
        of(group, "cache_write_5m"),
        of(group, "input_uncached"),
      ];
      return {
        object: "organization.usage.completions.result",
        input_tokens: input + read + written,
        input_cached_tokens: read,
        input_cache_write_tokens: written,
        output_tokens: of(group, "output_text"),
        num_model_requests: 1,
        project_id: null,
        model: first.model,
        batch: first.tier === "batch",
        service_tier: "default",
      };
    }),
  );
  const words: Readonly<Partial<Record<UsageClass, string>>> = {
    input_uncached: "input",
    cache_read: "cached input",
    cache_write_5m: "cache write input",
    output_text: "output",
  };
  const costs = page((day) => [
    ...uses
      .filter((use) => use.day === day)
      .map((use) =>
        openAiCost(billed(use), `${use.model}, ${words[use.class]}${use.tier === "batch" ? ", batch" : ""}`),
      ),
    ...others.filter((line) => line.day === day).map(({ nanos, item }) => openAiCost(nanos, item)),
  ]);
  return [usage, costs];
}

function openAiCost(value: Money, item: string) {
  return {
    object: "organization.costs.result",
    amount: { value: Number(formatMoney(value)), currency: "usd" },
    line_item: item,
    project_id: null,
  };
}

function anthropicPages({ days, uses, others = [] }: Told): readonly unknown[] {
  const page = (resultsOf: (day: string) => readonly unknown[]) => ({
    data: days.map((day) => ({
      starting_at: `${day}T00:00:00Z`,
      ending_at: new Date(Date.parse(day) + DAY_SECONDS * 1000).toISOString(),
      results: resultsOf(day),
    })),
    has_more: false,
    next_page: null,
  });
  const usage = page((day) =>
    groups(uses, day).map(([first, group]) => ({
      uncached_input_tokens: of(group, "input_uncached"),
      cache_read_input_tokens: of(group, "cache_read"),
      cache_creation: {
        ephemeral_5m_input_tokens: of(group, "cache_write_5m"),
        ephemeral_1h_input_tokens: of(group, "cache_write_1h"),
      },
      output_tokens: of(group, "output_text"),
      server_tool_use: { web_search_requests: 0 },
      model: first.model,
      service_tier: first.tier,
      workspace_id: null,
    })),
  );
  const words: Readonly<Partial<Record<UsageClass, string>>> = {
    input_uncached: "uncached_input_tokens",
    cache_read: "cache_read_input_tokens",
    cache_write_5m: "cache_creation.ephemeral_5m_input_tokens",
    cache_write_1h: "cache_creation.ephemeral_1h_input_tokens",
    output_text: "output_tokens",
  };
  const costs = page((day) => [
    ...uses
      .filter((use) => use.day === day)
      .map((use) => ({
        amount: cents(billed(use)),
        currency: "USD",
        cost_type: "tokens",
        token_type: words[use.class],
        model: use.model,
        service_tier: use.tier,
        description: `${use.model} ${use.class} ${use.tier}`,
      })),
    ...others
      .filter((line) => line.day === day)
      .map(({ nanos, item }) => ({ amount: cents(nanos), currency: "USD", cost_type: null, description: item })),
  ]);
  return [usage, costs];
}

function groups(uses: readonly Use[], day: string): readonly (readonly [Use, readonly Use[]])[] {
  const found = Map.groupBy(
    uses.filter((use) => use.day === day),
    ({ model, tier }) => `${model} ${tier}`,
  );
  return [...found.values()].flatMap((group) => (group[0] === undefined ? [] : [[group[0], group] as const]));
}

function of(group: readonly Use[], name: UsageClass): number {
  return group.filter((use) => use.class === name).reduce((sum, { calls }) => sum + sumOf(calls), 0);
}

function cents(nanos: Money): string {
  return formatMoney(money(nanos * 100n));
}
