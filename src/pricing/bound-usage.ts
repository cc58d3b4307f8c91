/** The most an attempt can cost, before it is made. */
import { type AskFacts, type Bound, type Operation, type UsageClass, usageClasses } from "#inference";
import { type Instant, type Money, money, MONEY_MAX } from "#units";
import { type PriceRow, type Tier, tiers } from "./price-row.ts";
import { type DearestRates, setsAt, type Sku } from "./sku.ts";
import { printTier, tiersReachable } from "./tier.ts";
import { chargeUnits, type UnitPrice, unitPrice } from "./unit-price.ts";
import { inputClasses, outputClasses } from "./usage-family.ts";

export interface BoundTerms {
  /** Undefined when nothing sells the model. */
  readonly sku: Sku | undefined;
  /** The cap on output tokens of each choice that is really sent; undefined when none is. */
  readonly outputCap: number | undefined;
  /** The route's `hold_ceiling`: what may be held where nothing can be proven. */
  readonly holdCeiling: Money | undefined;
  readonly at: Instant;
  readonly region?: string | undefined;
  /** What an `ExactCounter` counted; without it each byte is a token. */
  readonly inputTokens?: number | undefined;
}

/**
 * What a provider adds around what it is sent, in tokens and with room to spare. Anthropic documents 313 to 530 for its
 * tool prompt and 735 for a computer-use tool; message frames take 3 to 7 in the chat formats that are published.
 */
export const frameTokens = { call: 1_024, message: 16, tool: 1_024 } as const;

/**
 * Proven: input is at most one token a byte of the body plus frames, and within the context window where it is known;
 * output is at most the cap for each choice, or the window without one. Both are charged at the dearest rate that could
 * apply, of any tier that could be billed and any context band that could be reached. What those facts do not limit is
 * held at the route's ceiling, or is unknown.
 */
export function boundUsage(ask: AskFacts, terms: BoundTerms): Bound {
  const reach = reachOf(ask, terms);
  const bound = boundCost(ask, terms, reach);
  const tokens = tokensAtMost(ask, terms.sku, reach);
  return tokens === undefined ? bound : { ...bound, tokens };
}

/** For what a server adds (stored context, its own tools) the context window stands in; undefined where none is known. */
function tokensAtMost(ask: AskFacts, sku: Sku | undefined, { input, output }: Reach): number | undefined {
  if (costsNothing.has(ask.operation)) return 0;
  if (!countsTokens.has(ask.operation)) return undefined;
  const read = ask.unbounded.length > 0 ? windowOf(ask.operation, sku) : input;
  const tokens = read === undefined || output === undefined ? undefined : read + output;
  return Number.isSafeInteger(tokens) ? tokens : undefined;
}

function boundCost(ask: AskFacts, terms: BoundTerms, reach: Reach): Bound {
  const { sku, holdCeiling } = terms;
  if (costsNothing.has(ask.operation)) return proven(0n);
  if (sku === undefined) return { type: "unknown", reason: "no price for this model" };
  if (sku.free !== undefined) return proven(0n);
  const reachable = tiersReachable(ask.serviceTier);
  if (reachable === undefined) return { type: "unknown", reason: `unknown tier: ${printTier(ask.serviceTier)}` };

  const rates = rememberedRates(terms, { sku, tiers: reachable, reach });
  if (!rates.isPriced) return { type: "unknown", reason: "no rate for this model at this time" };
  const known = chargeMost(ask, { rates, reach });
  // Clients choose caps and choices: an amount that no journal line can hold would stop its whole segment.
  if (known > MONEY_MAX) return { type: "unknown", reason: "more than an amount can be" };
  const open = openParts(ask, sku, { rates, reach });
  if (open.length === 0) return proven(known);
  if (holdCeiling === undefined) return { type: "unknown", reason: `not limited: ${open.join(", ")}` };
  return { type: "ceiling", nanos: known > holdCeiling ? money(known) : holdCeiling };
}

const costsNothing: ReadonlySet<Operation> = new Set(["response-read", "count-tokens", "file"]);
const generatesTokens: ReadonlySet<Operation> = new Set(["chat", "completion", "response"]);
const countsTokens: ReadonlySet<Operation> = new Set([...generatesTokens, "embedding", "moderation"]);
/** One prompt a call: elsewhere the context window limits each of several inputs, not their sum. */
const hasOneContext: ReadonlySet<Operation> = new Set(["chat", "response"]);

function proven(nanos: bigint): Bound {
  return { type: "proven", nanos: money(nanos) };
}

interface Reach {
  /** Input tokens at most; undefined when nothing limits them. */
  readonly input: number | undefined;
  /** Output tokens at most, all choices together; undefined when nothing limits them. */
  readonly output: number | undefined;
  readonly inputClasses: ReadonlySet<UsageClass>;
}

function reachOf(ask: AskFacts, { sku, outputCap, inputTokens = Infinity }: BoundTerms): Reach {
  const window = windowOf(ask.operation, sku);
  const said = Math.min(ask.bodyBytes, inputTokens);
  const bytes = said + frameTokens.call + frameTokens.message * ask.messages + frameTokens.tool * ask.tools;
  // A small file can hold a large picture or a hundred pages, so the bytes of media say nothing of their tokens.
  const hasMedia = ask.inlineMedia !== 0;
  return {
    input: (ask.inlineMedia ?? 0) > 0 ? window : Math.min(bytes, window ?? Infinity),
    output: outputOf(ask, outputCap ?? window),
    inputClasses: inputReached[hasMedia ? "media" : "text"][ask.writesLongCache ? "long" : "short"],
  };
}

function outputOf(ask: AskFacts, ofChoice: number | undefined): number | undefined {
  if (!generatesTokens.has(ask.operation)) return 0;
  return ofChoice === undefined ? undefined : ofChoice * ask.choices;
}

/** Price lists round: 1,000,000 stands for 1,048,576 as often as for itself. */
function windowOf(operation: Operation, sku: Sku | undefined): number | undefined {
  const contextWindow = sku?.contextWindow;
  if (contextWindow === undefined || !hasOneContext.has(operation)) return undefined;
  return Math.ceil(contextWindow * 1.05);
}

const textInput: ReadonlySet<UsageClass> = new Set([
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
]);
const inputReached = {
  text: { short: inputsOf({ media: false, long: false }), long: inputsOf({ media: false, long: true }) },
  media: { short: inputsOf({ media: true, long: false }), long: inputsOf({ media: true, long: true }) },
} as const;

function inputsOf({ media, long }: { readonly media: boolean; readonly long: boolean }): ReadonlySet<UsageClass> {
  return new Set(inputClasses.filter((name) => (name !== "cache_write_1h" || long) && (media || textInput.has(name))));
}

const allOutput: ReadonlySet<UsageClass> = new Set(outputClasses);

interface RateSearch {
  readonly sku: Sku;
  readonly tiers: readonly Tier[];
  readonly reach: Reach;
}

/** Looked for once for each set of tiers, context band and kind of input, where neither time nor place decides. */
function rememberedRates(terms: BoundTerms, search: RateSearch): DearestRates {
  const { sku, reach } = search;
  if (sku.always === undefined) return dearestRates(terms, search);
  const key = keyOf(sku, search.tiers, reach);
  const known = sku.dearest.get(key);
  if (known !== undefined) return known;
  const found = dearestRates(terms, search);
  sku.dearest.set(key, found);
  return found;
}

/**
 * A number, since one is made for each call. Lists of tiers differ in their length or in their last, kinds of input in how
 * many classes they have.
 */
function keyOf({ bands }: Sku, reachable: readonly Tier[], { input, inputClasses: classes }: Reach): number {
  let reached = 0;
  for (const over of bands) if (input === undefined || input > over) reached += 1;
  const last = tiers.findIndex((tier) => tier === reachable[reachable.length - 1]);
  return ((reached * (tiers.length + 1) + reachable.length) * tiers.length + last) * usageClasses.length + classes.size;
}

/** Quarantined rows count too: what they price is unknown, and may be as dear as they say. */
function dearestRates(terms: BoundTerms, { sku, tiers: reachable, reach }: RateSearch): DearestRates {
  const rates = new Map<UsageClass, UnitPrice>();
  const take = (row: PriceRow) => {
    if (row.over > 0 && reach.input !== undefined && reach.input <= row.over) return;
    const known = rates.get(row.class);
    if (known === undefined || row.rate > known.rate) rates.set(row.class, unitPrice(row.rate));
  };
  for (const set of reachable.flatMap((tier) => setsAt(sku, { tier, at: terms.at, region: terms.region }))) {
    for (const rows of set.rows.values()) rows.forEach(take);
    for (const entries of set.quarantined.values()) for (const { row } of entries) take(row);
  }
  return {
    isPriced: rates.size > 0,
    input: dearestOf(rates, reach.inputClasses),
    output: dearestOf(rates, allOutput),
    ofClass: (name) => rates.get(name),
  };
}

function dearestOf(rates: ReadonlyMap<UsageClass, UnitPrice>, classes: ReadonlySet<UsageClass>): UnitPrice | undefined {
  let dearest: UnitPrice | undefined;
  for (const [name, price] of rates) {
    if (classes.has(name) && (dearest === undefined || price.rate > dearest.rate)) dearest = price;
  }
  return dearest;
}

interface Limits {
  readonly rates: DearestRates;
  readonly reach: Reach;
}

/** Each component is rounded for itself, half a nano up at most; one nano for each class is above all of them. */
const ROUNDING = BigInt(usageClasses.length);

function chargeMost(ask: AskFacts, { rates, reach }: Limits): bigint {
  return (
    ROUNDING +
    chargeAt(reach.input ?? 0, rates.input) +
    chargeAt(reach.output ?? 0, rates.output) +
    chargeAt(1, rates.ofClass("requests")) +
    (ask.operation === "image" ? chargeAt(ask.choices, rates.ofClass("images")) : 0n) +
    (ask.operation === "speech" ? chargeAt(ask.characters ?? ask.bodyBytes, rates.ofClass("characters_in")) : 0n)
  );
}

function chargeAt(quantity: number, price: UnitPrice | undefined): bigint {
  return price === undefined ? 0n : chargeUnits(quantity, price);
}

/** What may cost money and is limited by nothing that was read. */
function openParts(ask: AskFacts, sku: Sku, { rates, reach }: Limits): readonly string[] {
  const open: string[] = ask.unbounded.filter((part) => part !== "media_output" || !makesMedia.has(ask.operation));
  if (reach.input === undefined) open.push("inline_media");
  if (sku.searchesUnasked) open.push("web_searches");
  if (reach.output === undefined && rates.output !== undefined) open.push("output_tokens");
  return [...open, ...openMedia(ask.operation, rates)];
}

const makesMedia: ReadonlySet<Operation> = new Set(["image", "speech"]);

/** Pictures and sound are limited only where they are sold by the piece or by the characters that are read out. */
function openMedia(operation: Operation, rates: DearestRates): readonly string[] {
  const sellsTokens = rates.output !== undefined;
  switch (operation) {
    case "image":
      return sellsTokens || rates.ofClass("image_in") !== undefined ? ["image_tokens"] : [];
    case "speech":
      return sellsTokens || rates.ofClass("audio_ms_out") !== undefined ? ["audio_out"] : [];
    case "transcription":
      return ["audio_in"];
    default:
      return [];
  }
}
