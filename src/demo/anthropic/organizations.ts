/** Usage and costs of an organisation as Anthropic reports them, made of the invoice and prices of our own alone. */
import { type UsageClass } from "#inference";
import { formatMoney, type Money, money } from "#units";
import { listPrice } from "../list-prices.ts";
import { type ProviderCall, type SimulatedEndpoint } from "../protocol.ts";
import { dailyCredit, daysAsked, grouped, type ReportedDay, sendPage, sumOf } from "../report-pages.ts";

export const organizationsEndpoints: readonly SimulatedEndpoint[] = [
  {
    method: "GET",
    path: "/organizations/usage_report/messages",
    answer: (call) => answerBuckets(call, (day) => usageResults(day, call.query)),
  },
  {
    method: "GET",
    path: "/organizations/cost_report",
    answer: (call) => answerBuckets(call, costResults),
  },
];

function answerBuckets(call: ProviderCall, resultsOf: (day: ReportedDay) => readonly object[]): void {
  const key = call.headers["x-api-key"];
  const asked = daysAsked(call, {
    credential: typeof key === "string" ? key : undefined,
    fromMs: Date.parse(call.query.get("starting_at") ?? ""),
    toMs: call.query.has("ending_at") ? Date.parse(call.query.get("ending_at") ?? "") : undefined,
  });
  if (asked === undefined) return;
  const data = asked.days.map((day) => ({
    starting_at: new Date(day.fromMs).toISOString(),
    ending_at: new Date(day.toMs).toISOString(),
    results: resultsOf(day),
  }));
  sendPage(call, { data, has_more: asked.next !== null, next_page: asked.next });
}

/** What is not grouped by is null, as in the real one. */
function usageResults({ uses }: ReportedDay, query: URLSearchParams): readonly object[] {
  const by = new Set(query.getAll("group_by[]"));
  const groups = grouped(uses, ({ model, tier }) => ({
    model: by.has("model") ? model : null,
    service_tier: by.has("service_tier") ? (tier ?? "standard") : null,
  }));
  return groups.map(({ group, quantities }) => ({
    uncached_input_tokens: sumOf(quantities, "input_uncached"),
    cache_read_input_tokens: sumOf(quantities, "cache_read"),
    cache_creation: {
      ephemeral_5m_input_tokens: sumOf(quantities, "cache_write_5m"),
      ephemeral_1h_input_tokens: sumOf(quantities, "cache_write_1h"),
    },
    output_tokens: sumOf(quantities, "output_text", "output_reasoning"),
    server_tool_use: { web_search_requests: 0 },
    api_key_id: null,
    workspace_id: null,
    context_window: null,
    ...group,
  }));
}

const items: readonly (readonly [type: string, classes: readonly UsageClass[]])[] = [
  ["uncached_input_tokens", ["input_uncached"]],
  ["cache_read_input_tokens", ["cache_read"]],
  ["cache_creation.ephemeral_5m_input_tokens", ["cache_write_5m"]],
  ["cache_creation.ephemeral_1h_input_tokens", ["cache_write_1h"]],
  ["output_tokens", ["output_text", "output_reasoning"]],
];

function costResults({ uses }: ReportedDay): readonly object[] {
  const found = grouped(uses, ({ model, tier = "standard" }) => ({ model, tier })).flatMap(({ group, quantities }) =>
    items.flatMap(([type, classes]) => {
      const [first] = classes;
      const quantity = sumOf(quantities, ...classes);
      const price = first === undefined ? undefined : listPrice({ ...group, class: first }, quantity);
      if (price === undefined || quantity === 0) return [];
      const { model, tier } = group;
      const description = `${model} usage - ${type}`;
      return [cost(price, { description, cost_type: "tokens", token_type: type, model, service_tier: tier })];
    }),
  );
  const credit = { description: "Promotional credit", cost_type: null, token_type: null, model: null };
  return found.length === 0 ? [] : [...found, cost(dailyCredit, { ...credit, service_tier: null })];
}

/** A decimal text of cents, as the real one has it. */
function cost(nanos: Money, of: object): object {
  return { amount: formatMoney(money(nanos * 100n)), currency: "USD", workspace_id: null, context_window: null, ...of };
}
