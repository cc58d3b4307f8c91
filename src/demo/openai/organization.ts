/** Usage and costs of an organisation as OpenAI reports them, made of the invoice and prices of our own alone. */
import { type Usage, type UsageClass } from "#inference";
import { formatMoney, type Money } from "#units";
import { type DayUse } from "../invoice.ts";
import { listPrice } from "../list-prices.ts";
import { type ProviderCall, type SimulatedEndpoint } from "../protocol.ts";
import { dailyCredit, daysAsked, grouped, type ReportedDay, sendPage, sumOf } from "../report-pages.ts";

const isOfKind: Readonly<Record<string, (use: DayUse) => boolean>> = {
  completions: ({ operation }) => operation !== "embedding" && operation !== "moderation",
  embeddings: ({ operation }) => operation === "embedding",
  moderations: ({ operation }) => operation === "moderation",
  images: () => false,
  audio_speeches: () => false,
  audio_transcriptions: () => false,
  web_search_calls: () => false,
  file_search_calls: () => false,
  code_interpreter_sessions: () => false,
};

export function organizationEndpoints(): readonly SimulatedEndpoint[] {
  const usage = Object.entries(isOfKind).map(([kind, isOf]): SimulatedEndpoint => ({
    method: "GET",
    path: `/organization/usage/${kind}`,
    answer: (call) => answerBuckets(call, ({ uses }) => usageResults(kind, uses.filter(isOf), call.query)),
  }));
  const costs: SimulatedEndpoint = {
    method: "GET",
    path: "/organization/costs",
    answer: (call) => answerBuckets(call, costResults),
  };
  return [...usage, costs];
}

function answerBuckets(call: ProviderCall, resultsOf: (day: ReportedDay) => readonly object[]): void {
  const asked = daysAsked(call, {
    credential: call.provider.protocol.credentialOf(call.headers, call.query),
    fromMs: millis(call.query.get("start_time")),
    toMs: millis(call.query.get("end_time")),
  });
  if (asked === undefined) return;
  const data = asked.days.map((day) => ({
    object: "bucket",
    start_time: day.fromMs / 1000,
    end_time: day.toMs / 1000,
    results: resultsOf(day),
  }));
  sendPage(call, { object: "page", data, has_more: asked.next !== null, next_page: asked.next });
}

function millis(seconds: string | null): number | undefined {
  return seconds === null || !/^\d{1,12}$/.test(seconds) ? undefined : Number(seconds) * 1000;
}

/** What is not grouped by is null, as in the real one. */
function usageResults(kind: string, uses: readonly DayUse[], query: URLSearchParams): readonly object[] {
  const by = new Set([...query.getAll("group_by"), ...query.getAll("group_by[]")]);
  const groups = grouped(uses, ({ model, tier }) => ({
    model: by.has("model") ? model : null,
    service_tier: by.has("service_tier") ? (tier ?? "default") : null,
    batch: by.has("batch") ? false : null,
  }));
  return groups.map(({ group, lines, quantities }) => ({
    object: `organization.usage.${kind}.result`,
    ...counts(quantities),
    num_model_requests: lines,
    project_id: null,
    user_id: null,
    api_key_id: null,
    ...group,
  }));
}

function counts(quantities: Usage): object {
  const of = (...names: readonly UsageClass[]) => sumOf(quantities, ...names);
  const [cached, written] = [of("cache_read"), of("cache_write_5m", "cache_write_1h")];
  return {
    input_tokens: of("input_uncached", "audio_in", "image_in") + cached + written,
    input_cached_tokens: cached,
    input_cache_write_tokens: written,
    output_tokens: of("output_text", "output_reasoning", "audio_out", "image_out"),
    input_audio_tokens: of("audio_in"),
    output_audio_tokens: of("audio_out"),
    input_image_tokens: of("image_in"),
    output_image_tokens: of("image_out"),
  };
}

const items: readonly (readonly [words: string, classes: readonly UsageClass[]])[] = [
  ["input", ["input_uncached"]],
  ["cached input", ["cache_read"]],
  ["output", ["output_text", "output_reasoning"]],
  ["audio input", ["audio_in"]],
  ["image input", ["image_in"]],
  ["image output", ["image_out"]],
];

function costResults({ uses }: ReportedDay): readonly object[] {
  const found = grouped(uses, ({ model, tier = "default" }) => ({ model, tier })).flatMap(({ group, quantities }) =>
    items.flatMap(([words, classes]) => {
      const [first] = classes;
      const quantity = sumOf(quantities, ...classes);
      const price = first === undefined ? undefined : listPrice({ ...group, class: first }, quantity);
      const tier = group.tier === "default" ? "" : `, ${group.tier}`;
      return price === undefined || quantity === 0 ? [] : [cost(`${group.model}, ${words}${tier}`, price, quantity)];
    }),
  );
  return found.length === 0 ? [] : [...found, cost("Credit grant", dailyCredit, null)];
}

/** A JSON number, as the real one has it. */
function cost(item: string, nanos: Money, quantity: number | null): object {
  return {
    object: "organization.costs.result",
    amount: { value: Number(formatMoney(nanos)), currency: "usd" },
    line_item: item,
    quantity,
    project_id: null,
    api_key_id: null,
  };
}
