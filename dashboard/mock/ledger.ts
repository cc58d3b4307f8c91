/** A made-up ledger for developing the pages: several teams, features and models, and every state an entry can have. */
import type { Entry } from "#contract";
import { type Chance, createChance } from "./chance.ts";

export interface Refusal {
  readonly at: number;
  readonly call: string;
  readonly interaction: string;
  readonly code: string;
  readonly status: number;
  readonly feature: string;
  readonly team: string;
  readonly key: string | undefined;
  readonly model: string | undefined;
}

export interface MockLedger {
  readonly entries: readonly Entry[];
  readonly refusals: readonly Refusal[];
}

interface Model {
  readonly provider: string;
  readonly model: string;
  readonly format: string;
  readonly operation: string;
  readonly rates: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly perTokenMs: number;
}

const chat = "chat-completions";
export const models: readonly Model[] = [
  openai("gpt-5-mini", { input_uncached: "0.25", cache_read: "0.025", output_text: "2", output_reasoning: "2" }, 420),
  openai("gpt-5", { input_uncached: "1.25", cache_read: "0.125", output_text: "10", output_reasoning: "10" }, 900),
  claude("claude-haiku-4-5", { input_uncached: "1", cache_read: "0.1", cache_write_5m: "1.25", output_text: "5" }, 380),
  claude(
    "claude-sonnet-4-5",
    { input_uncached: "3", cache_read: "0.3", cache_write_5m: "3.75", output_text: "15" },
    820,
  ),
  gemini("gemini-2.5-flash", {
    input_uncached: "0.3",
    cache_read: "0.075",
    output_text: "2.5",
    output_reasoning: "2.5",
  }),
  { ...openai("text-embedding-3-small", { input_uncached: "0.02" }, 90), operation: "embeddings" },
  { ...openai("llama-3.3-70b-preview", {}, 300), provider: "local" },
];

function openai(model: string, rates: Model["rates"], firstMs: number): Model {
  return { provider: "openai", model, format: "openai", operation: chat, rates, firstMs, perTokenMs: 9 };
}
function claude(model: string, rates: Model["rates"], firstMs: number): Model {
  return { provider: "claude", model, format: "anthropic", operation: "messages", rates, firstMs, perTokenMs: 14 };
}
function gemini(model: string, rates: Model["rates"]): Model {
  const format = "gemini";
  return { provider: "gemini", model, format, operation: "generate-content", rates, firstMs: 350, perTokenMs: 5 };
}

const uses = [
  { feature: "support-answer", team: "support", route: "support", models: [2, 0], share: 30, input: 1800, output: 240 },
  { feature: "ticket-triage", team: "support", route: undefined, models: [0], share: 18, input: 700, output: 30 },
  { feature: "code-review", team: "platform", route: "review", models: [3, 1], share: 9, input: 9200, output: 620 },
  { feature: "code-completion", team: "platform", route: undefined, models: [2], share: 20, input: 1500, output: 28 },
  { feature: "contract-summary", team: "legal", route: undefined, models: [1, 3], share: 3, input: 21000, output: 900 },
  { feature: "search-index", team: "search", route: undefined, models: [5], share: 12, input: 3100, output: 0 },
  {
    feature: "product-copy",
    team: "marketing",
    route: undefined,
    models: [4, 4, 6],
    share: 6,
    input: 620,
    output: 410,
  },
  { feature: "(none)", team: "default", route: undefined, models: [0, 4], share: 2, input: 900, output: 200 },
] as const;
type Use = (typeof uses)[number];

/** Calls of the last `days` before `now`: busier by day than by night, a little more every day. */
export function createMockLedger({ now, days, seed = 7 }: { now: number; days: number; seed?: number }): MockLedger {
  const chance = createChance(seed);
  const entries: Entry[] = [];
  const refusals: Refusal[] = [];
  const weighted = uses.flatMap((use) => Array.from({ length: use.share }, () => use));
  let at = now - days * 86_400_000;
  while (at < now - 2000) {
    const hour = new Date(at).getUTCHours();
    const weekend = [0, 6].includes(new Date(at).getUTCDay());
    const busy = (hour > 6 && hour < 20 ? 3 : 0.6) * (weekend ? 0.4 : 1);
    const recent = now - at < 3_600_000 ? 20 : now - at < 86_400_000 ? 3 : 1;
    at += chance.around(600_000 / busy / recent, 0.9);
    if (at >= now - 2000) break;
    const use = chance.pick(weighted);
    if (chance.unit() < 0.018) refusals.push(refuse(use, { at, chance }));
    else for (const entry of interaction(use, { at, chance, now })) entries.push(entry);
  }
  return { entries: entries.toSorted((a, b) => a.incurred_at.localeCompare(b.incurred_at)), refusals };
}

interface Moment {
  readonly at: number;
  readonly chance: Chance;
}

function refuse(use: Use, { at, chance }: Moment): Refusal {
  const [code, status] = chance.pick([
    ["unknown_key", 401],
    ["model_not_allowed", 403],
    ["ambiguous_field", 400],
    ["body_too_large", 413],
  ] as const);
  const key = code === "unknown_key" ? undefined : `key_${use.team}`;
  const ids = { call: chance.id("call"), interaction: chance.id("interaction") };
  return { at, ...ids, code, status, feature: use.feature, team: use.team, key, model: "gpt-5" };
}

function interaction(use: Use, { at, chance, now }: Moment & { now: number }): Entry[] {
  const id = chance.id("interaction");
  const entries: Entry[] = [];
  const calls = use.feature === "code-review" ? 1 + Math.floor(chance.unit() * 4) : 1;
  let start = at;
  for (let call = 0; call < calls && start < now - 2000; call += 1) {
    const made = attempts(use, { at: start, chance, interaction: id });
    entries.push(...made);
    const last = made.at(-1);
    start = (last === undefined ? start : Date.parse(last.booked_at)) + chance.around(300);
  }
  return entries;
}

function attempts(use: Use, { at, chance, interaction: id }: Moment & { interaction: string }): Entry[] {
  const call = chance.id("call");
  const made: Entry[] = [];
  let start = at;
  for (let number = 1; number <= 3; number += 1) {
    const model = models[number === 1 ? chance.pick(use.models) : (use.models[use.models.length - 1] ?? 0)];
    if (model === undefined) break;
    const luck = chance.unit();
    const state = luck < 0.03 && number < 3 ? "failed" : otherState(luck);
    const purpose = number > 1 ? (use.route === undefined ? "retry" : "fallback") : purposeOf(use, chance);
    const entry = settle(use, { at: start, chance, model, state, number, purpose, call, interaction: id });
    made.push(entry);
    if (state !== "failed" || luck >= 0.03) break;
    start = Date.parse(entry.booked_at) + 120;
  }
  return made.map((entry, index) => ({ ...entry, call_end: index === made.length - 1 }));
}

function otherState(luck: number): string {
  if (luck < 0.036) return "failed";
  if (luck < 0.046) return "cut";
  if (luck < 0.058) return "cancelled";
  return luck < 0.062 ? "in_doubt" : "answered";
}

function purposeOf(use: Use, chance: Chance): string {
  if (use.feature === "search-index") return "embedding";
  const luck = chance.unit();
  if (use.feature === "support-answer" && luck < 0.2) return "guard";
  if (use.feature === "code-review" && luck < 0.12) return "judge";
  return luck > 0.985 ? "client_retry" : "answer";
}

interface Try extends Moment {
  readonly model: Model;
  readonly state: string;
  readonly number: number;
  readonly purpose: string;
  readonly call: string;
  readonly interaction: string;
}

function settle(use: Use, facts: Try): Entry {
  const { chance, model, state } = facts;
  const usage = state === "failed" || state === "in_doubt" ? undefined : usageOf(use, facts);
  const components = usage === undefined ? [] : componentsOf(usage, model);
  const sum = components.reduce((total, component) => total + BigInt(component.nanos), 0n);
  const firstMs = chance.around(model.firstMs, 0.45);
  const duration = firstMs + (usage?.["output_text"] ?? 20) * model.perTokenMs * chance.between(0.7, 1.4);
  const isStream = model.operation !== "embeddings" && use.feature !== "ticket-triage";
  const hasRates = Object.keys(model.rates).length > 0;
  const bound = BigInt(Math.round(use.input * 6000 + 4096 * 10_000));
  const inDoubt = state === "in_doubt" ? bound : state === "cancelled" ? sum * 2n : 0n;
  return {
    ...attributionOf(use, facts),
    ...outcomeOf(facts),
    ...costOf({ state, hasRates, sum }),
    ...(usage === undefined ? {} : { usage, reported: reportedOf(usage, model) }),
    ...boundOf(model, hasRates ? bound : undefined),
    ...timesOf(facts, { firstMs, isStream }),
    incurred_at: new Date(facts.at).toISOString(),
    booked_at: new Date(facts.at + duration).toISOString(),
    stream: isStream,
    avoided_nanos: "0",
    in_doubt_nanos: inDoubt.toString(),
    components: hasRates ? components : [],
    duration_ms: Math.round(duration),
  };
}

function boundOf({ provider, model }: Model, bound: bigint | undefined) {
  if (bound === undefined) return { bound_type: "unknown" } as const;
  const sku = `${provider}/${model}`;
  return { bound_type: "proven", bound_nanos: bound.toString(), price_book: "pb_9f31c02a77de", sku } as const;
}

function timesOf({ state, chance }: Try, { firstMs, isStream }: { firstMs: number; isStream: boolean }) {
  if (state === "failed" || state === "in_doubt") return {};
  const first = isStream ? { first_content_ms: Math.round(firstMs) } : {};
  return { first_byte_ms: Math.round(firstMs * 0.9), overhead_ms: 0.4 + chance.unit(), ...first };
}

function attributionOf(use: Use, { chance, model, number, purpose, call, interaction: id }: Try) {
  const attempt = chance.id("attempt");
  return {
    id: attempt,
    attempt,
    call,
    interaction: id,
    number,
    kind: model.operation === "embeddings" ? "embedding" : "model",
    purpose,
    tenant: use.team,
    feature: use.feature,
    team: use.team,
    customer: chance.pick(["acme", "globex", "initech", "(none)"]),
    user: "(none)",
    environment: chance.unit() < 0.9 ? "production" : "staging",
    session: "(none)",
    tags: use.team === "legal" ? { matter: "M-2041" } : {},
    claimed: {},
    key: `key_${use.team}`,
    ...(use.route === undefined ? {} : { route: use.route }),
    provider: model.provider,
    target: `${model.provider}/${model.model}`,
    model: model.model,
    format: model.format,
    operation: model.operation,
    ...(model.rates["output_text"] === "2" ? { tier: "default" } : {}),
  };
}

function outcomeOf({ chance, state, purpose }: Try) {
  const delivered = state === "answered" ? "full" : state === "cut" || state === "cancelled" ? "partial" : "none";
  const isNet = delivered === "full" && ["answer", "retry", "fallback", "client_retry"].includes(purpose);
  const layer = isNet ? "answer" : delivered === "full" ? purpose : "waste";
  const [status, error] = state === "failed" ? failure(chance) : [200, state === "cut" ? "stream_cut" : undefined];
  const upstream = state === "in_doubt" ? {} : { status, upstream_id: chance.id("req") };
  return {
    state,
    delivered,
    is_net: isNet,
    layer,
    call_end: true,
    ...upstream,
    ...(error === undefined ? {} : { error }),
  };
}

function failure(chance: Chance): readonly [number, string] {
  return chance.pick([
    [429, "upstream_rate_limited"],
    [529, "upstream_overloaded"],
    [500, "upstream_error"],
    [504, "upstream_timeout"],
  ] as const);
}

function costOf({ state, hasRates, sum }: { state: string; hasRates: boolean; sum: bigint }) {
  if (state === "in_doubt") return { cost_type: "unpriced", cost_reason: "in_doubt" } as const;
  if (state === "failed") return { cost_type: "priced", nanos: "0" } as const;
  if (!hasRates) return { cost_type: "unpriced", cost_reason: "no_price" } as const;
  const nanos = sum.toString();
  if (state === "cut" || state === "cancelled")
    return { cost_type: "estimated", cost_reason: "input_and_relayed", nanos } as const;
  return { cost_type: "priced", nanos } as const;
}

function usageOf(use: Use, { chance, model }: Try): Record<string, number> {
  const input = Math.max(12, Math.round(chance.around(use.input)));
  const cached = model.rates["cache_read"] === undefined ? 0 : Math.round(input * (chance.unit() < 0.5 ? 0.7 : 0));
  const usage: Record<string, number> = { input_uncached: input - cached };
  if (cached > 0) usage["cache_read"] = cached;
  if (model.rates["cache_write_5m"] !== undefined && cached === 0 && chance.unit() < 0.4)
    usage["cache_write_5m"] = Math.round(input * 0.6);
  if (use.output > 0) usage["output_text"] = Math.max(3, Math.round(chance.around(use.output)));
  if (model.rates["output_reasoning"] !== undefined && chance.unit() < 0.4)
    usage["output_reasoning"] = Math.round(chance.around(300));
  return usage;
}

function componentsOf(usage: Record<string, number>, model: Model): Entry["components"] {
  return Object.entries(usage).flatMap(([name, quantity]) => {
    const rate = model.rates[name];
    if (rate === undefined) return [];
    const thousandths = BigInt(Math.round(Number(rate) * 1000));
    const nanos = (BigInt(quantity) * thousandths).toString();
    return [{ class: name, quantity, rate, nanos, row: `${model.provider}/${model.model}#${name}@2025-08-07` }];
  });
}

function reportedOf(usage: Record<string, number>, model: Model): string {
  const input = (usage["input_uncached"] ?? 0) + (usage["cache_read"] ?? 0);
  const output = (usage["output_text"] ?? 0) + (usage["output_reasoning"] ?? 0);
  if (model.format === "anthropic")
    return JSON.stringify({
      input_tokens: usage["input_uncached"] ?? 0,
      cache_creation_input_tokens: usage["cache_write_5m"] ?? 0,
      cache_read_input_tokens: usage["cache_read"] ?? 0,
      output_tokens: output,
    });
  return JSON.stringify({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: usage["cache_read"] ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage["output_reasoning"] ?? 0 },
  });
}
