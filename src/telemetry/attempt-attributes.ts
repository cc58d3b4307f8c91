import { type Operation, type Usage, type UsageClass } from "#inference";
import { type Entry } from "#ledger";
import { type Attributes, type AttributeValue } from "./outgoing.ts";
import { type Seller } from "./seller.ts";

/** A value that is not known is left out: the receiver must not take it for nothing. */
export type Said = Readonly<Record<string, AttributeValue | undefined>>;

export function known(said: Said): Attributes {
  const pairs = Object.entries(said).filter((pair): pair is [string, AttributeValue] => pair[1] !== undefined);
  return Object.fromEntries(pairs.map(([name, value]) => [name, typeof value === "string" ? cut(value) : value]));
}

/** `gen_ai.operation.name`; ours where the conventions have no word. */
export function operationName({ operation, format }: Pick<Entry, "operation" | "format">): string {
  if (operation === "chat" && format === "gemini") return "generate_content";
  return names.get(operation) ?? operation;
}

const names: ReadonlyMap<string, string> = new Map<Operation, string>([
  ["chat", "chat"],
  ["response", "chat"],
  ["completion", "text_completion"],
  ["embedding", "embeddings"],
  ["response-read", "fetch_response"],
]);

/**
 * `error.type`: the status of a provider that answered with one, else our own word. A provider's own words are left out, as
 * they may be anything.
 */
export function errorType({ status, error, state }: Pick<Entry, "status" | "error" | "state">): string | undefined {
  if (status !== undefined && status >= 400) return String(status);
  if (state === "answered" || state === "background" || state === "correction") return undefined;
  return error !== undefined && OWN_WORD.test(error) ? error : state;
}

const OWN_WORD = /^[a-z]+(_[a-z]+){0,4}$/;

/** Attempts and calls that are errors to whoever looks at a trace; that a client left is not one. */
export function isFailed({ state }: Pick<Entry, "state">): boolean {
  return state === "failed" || state === "cut" || state === "in_doubt";
}

/** What a call and its attempts are found by. Users, sessions and tags may name people, and stay here. */
export function attributionOf({ attribution, call, route }: Entry): Said {
  return {
    "tare.call": call,
    "tare.interaction": attribution.interaction,
    "tare.feature": someone(attribution.feature),
    "tare.team": someone(attribution.team),
    "tare.customer": someone(attribution.customer),
    "tare.environment": someone(attribution.environment),
    "tare.route": route,
  };
}

/** The words that an attempt's span and its metrics have in common. */
export function modelOf(entry: Entry, seller: Seller): Said {
  return {
    "gen_ai.operation.name": operationName(entry),
    "gen_ai.provider.name": seller.name,
    "gen_ai.request.model": entry.target,
    "gen_ai.response.model": entry.status !== undefined && entry.status < 400 ? entry.model : undefined,
    "server.address": seller.address,
    "server.port": seller.port === undefined ? undefined : BigInt(seller.port),
    "error.type": errorType(entry),
  };
}

/** Nanos as text: receivers keep integers as floating point, and money is never that. */
export function moneyOf({ cost, inDoubt, avoided }: Entry): Said {
  return {
    "tare.cost_type": cost.type,
    "tare.cost_nanos": cost.type === "unpriced" ? undefined : String(cost.nanos),
    "tare.in_doubt_nanos": inDoubt === 0n ? undefined : String(inDoubt),
    "tare.avoided_nanos": avoided === 0n ? undefined : String(avoided),
  };
}

/** Our classes, which never overlap, each by its name. */
export function classesOf(usage: Usage | undefined): Said {
  return Object.fromEntries(
    Object.entries(usage ?? {}).map(([name, quantity]) => [`tare.usage.${name}`, BigInt(quantity)]),
  );
}

/** The conventions' counts, where a total holds its parts. */
export function tokensOf(usage: Usage | undefined): {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead: number | undefined;
  readonly cacheWritten: number | undefined;
  readonly reasoning: number | undefined;
} {
  return {
    input: sum(usage, inputs),
    output: sum(usage, outputs),
    cacheRead: sum(usage, ["cache_read", "audio_cache_read", "image_cache_read"]),
    cacheWritten: sum(usage, ["cache_write_5m", "cache_write_1h"]),
    reasoning: usage?.output_reasoning,
  };
}

const inputs = [
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_in",
  "audio_cache_read",
  "image_in",
  "image_cache_read",
  "video_in",
] as const satisfies readonly UsageClass[];
const outputs = [
  "output_text",
  "output_reasoning",
  "audio_out",
  "image_out",
  "video_out",
] as const satisfies readonly UsageClass[];

/** Undefined when none of them was reported. */
function sum(usage: Usage | undefined, classes: readonly UsageClass[]): number | undefined {
  let total: number | undefined;
  for (const name of classes) {
    const quantity = usage?.[name];
    if (quantity !== undefined) total = (total ?? 0) + quantity;
  }
  return total;
}

function someone(value: string): string | undefined {
  return value === "(none)" ? undefined : value;
}

const CHARACTERS_MAX = 256;

function cut(value: string): string {
  return value.length > CHARACTERS_MAX ? value.slice(0, CHARACTERS_MAX).toWellFormed() : value;
}
