import { type Money } from "#units";
import { isObject, type Json, parseObject } from "./json-object.ts";
import { type Counts, type Overlap } from "./split-usage.ts";
import { type Attributes } from "./span.ts";
import { toCount } from "./to-count.ts";
import { toMoney } from "./to-money.ts";
import { ownNames } from "./wanted.ts";

/** Usage that stands as JSON inside one attribute. */
export interface NestedUsage {
  readonly counts: Counts;
  /** Undefined where the object does not say. */
  readonly overlap?: Overlap;
  readonly tier?: string | undefined;
  /** What whoever passed the answer on says that it cost. */
  readonly cost?: Money | undefined;
  /** Nothing beside it is needed: it counts input or output itself. */
  readonly isWhole: boolean;
}

export function readNestedUsage(attributes: Attributes): NestedUsage {
  const details = parseObject(attributes.get(ownNames.usageDetails));
  if (details !== undefined) return countsOfLangfuse(details);
  const metadata = parseObject(attributes.get(ownNames.providerMetadata));
  if (metadata === undefined) return countsOfLangSmith(attributes);
  const isSplit = SPLIT_INPUT.some((name) => attributes.has(name));
  return { ...countsOfProvider(metadata, { isSplit }), cost: costOfGateway(metadata) };
}

/** Parts of the whole input and output, by LangChain's rule for all providers; writes by how long they are kept where that is told. */
function countsOfLangSmith(attributes: Attributes): NestedUsage {
  const input = parseObject(attributes.get(ownNames.inputDetails));
  const output = parseObject(attributes.get(ownNames.outputDetails));
  if (input === undefined && output === undefined) return NOTHING;
  const { cache_read: cacheRead, cache_creation: cacheWrite, audio: audioIn } = input ?? {};
  const split = named({
    cacheWrite5m: input?.["ephemeral_5m_input_tokens"],
    cacheWrite1h: input?.["ephemeral_1h_input_tokens"],
  });
  const isSplit = (split.cacheWrite5m ?? 0) + (split.cacheWrite1h ?? 0) > 0;
  const written = isSplit ? split : named({ cacheWrite });
  const { reasoning, audio: audioOut } = output ?? {};
  const counts = { ...named({ cacheRead, audioIn, reasoning, audioOut }), ...written };
  return { counts, overlap: "inside", isWhole: false };
}

/** Nothing where the answer was had with a key of one's own: then the maker sends the bill. */
function costOfGateway({ gateway }: Json): Money | undefined {
  if (!isObject(gateway)) return undefined;
  const { cost } = gateway;
  const said = typeof cost === "string" || typeof cost === "number" ? toMoney(cost) : undefined;
  return said === 0n ? undefined : said;
}

const NOTHING: NestedUsage = { counts: {}, isWhole: false };
/** From version 6 on the Vercel AI SDK counts the parts of the input inside it, whatever the provider does. */
const SPLIT_INPUT = ["ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.inputTokenDetails.cacheWriteTokens"];

/** What a provider said of its own usage, passed through by the Vercel AI SDK. */
function countsOfProvider(metadata: Json, { isSplit }: { readonly isSplit: boolean }): NestedUsage {
  const { anthropic, bedrock, deepseek } = metadata;
  if (isObject(anthropic)) {
    if (isObject(anthropic["usage"])) return countsOfAnthropic(anthropic["usage"]);
    return isSplit ? NOTHING : cachedBeside(anthropic["cacheReadInputTokens"], anthropic["cacheCreationInputTokens"]);
  }
  if (isObject(bedrock) && isObject(bedrock["usage"]))
    return cachedBeside(bedrock["usage"]["cacheReadInputTokens"], bedrock["usage"]["cacheWriteInputTokens"]);
  if (isObject(deepseek)) return { counts: named({ cacheRead: deepseek["promptCacheHitTokens"] }), isWhole: false };
  return countsOfGoogle(metadata) ?? countsOfOpenAi(metadata);
}

function cachedBeside(cacheRead: unknown, cacheWrite: unknown): NestedUsage {
  return { counts: named({ cacheRead, cacheWrite }), overlap: "beside", isWhole: false };
}

/** Gemini counts the prompt of its own tools and its thoughts beside the prompt and the answer. */
function countsOfGoogle({ google, vertex }: Json): NestedUsage | undefined {
  const usage = [google, vertex].flatMap((each) => (isObject(each) ? [each["usageMetadata"]] : [])).find(isObject);
  if (usage === undefined) return undefined;
  const prompt = toCount(number(usage["promptTokenCount"]));
  const tools = toCount(number(usage["toolUsePromptTokenCount"]));
  const answer = toCount(number(usage["candidatesTokenCount"]));
  const thoughts = toCount(number(usage["thoughtsTokenCount"]));
  const counts = named({
    input: plus(prompt, tools),
    output: answer === undefined ? thoughts : plus(answer, thoughts),
    total: usage["totalTokenCount"],
    cacheRead: usage["cachedContentTokenCount"],
    reasoning: thoughts,
  });
  return { counts, overlap: "inside", isWhole: counts.input !== undefined && counts.output !== undefined };
}

/** OpenAI's models at OpenAI, and at Azure as later versions name it. */
function countsOfOpenAi({ openai, azure }: Json): NestedUsage {
  const told = [openai, azure].find(isObject);
  if (told === undefined) return NOTHING;
  const { cachedPromptTokens, reasoningTokens, serviceTier } = told;
  const tier = typeof serviceTier === "string" ? serviceTier : undefined;
  return { counts: named({ cacheRead: cachedPromptTokens, reasoning: reasoningTokens }), tier, isWhole: false };
}

function countsOfAnthropic(usage: Json): NestedUsage {
  const split = isObject(usage["cache_creation"]) ? usage["cache_creation"] : {};
  const tools = isObject(usage["server_tool_use"]) ? usage["server_tool_use"] : {};
  const counts = named({
    input: usage["input_tokens"],
    output: usage["output_tokens"],
    cacheRead: usage["cache_read_input_tokens"],
    cacheWrite: usage["cache_creation_input_tokens"],
    cacheWrite5m: split["ephemeral_5m_input_tokens"],
    cacheWrite1h: split["ephemeral_1h_input_tokens"],
    webSearches: tools["web_search_requests"],
  });
  return { counts, overlap: "beside", isWhole: counts.input !== undefined && counts.output !== undefined };
}

/**
 * Langfuse's details: parts beside each other by its own rule, or what the provider's own API gave. Where neither input nor
 * output can be read the other attributes of the span count them.
 */
function countsOfLangfuse(details: Json): NestedUsage {
  const { counts, overlap } = isPassedOn(details) ? wholesOfProvider(details) : partsOfLangfuse(details);
  const isWhole = counts.input !== undefined || counts.output !== undefined;
  return isWhole ? { counts, overlap, isWhole } : { counts, isWhole };
}

interface Read {
  readonly counts: Counts;
  readonly overlap: Overlap;
}

const WHOLES = ["prompt_tokens", "input_tokens", "completion_tokens", "output_tokens"];

function isPassedOn(details: Json): boolean {
  const isOwn = details["input"] !== undefined || details["output"] !== undefined;
  return !isOwn && WHOLES.some((name) => details[name] !== undefined);
}

/** OpenAI's two APIs count every part inside its whole; the names of cached tokens beside it are Anthropic's. */
function wholesOfProvider(usage: Json): Read {
  if (usage["cache_read_input_tokens"] !== undefined || usage["cache_creation_input_tokens"] !== undefined)
    return { counts: countsOfAnthropic(usage).counts, overlap: "beside" };
  const ofInput = usage["prompt_tokens_details"] ?? usage["input_tokens_details"];
  const ofOutput = usage["completion_tokens_details"] ?? usage["output_tokens_details"];
  const input = isObject(ofInput) ? ofInput : {};
  const output = isObject(ofOutput) ? ofOutput : {};
  const counts = named({
    input: usage["prompt_tokens"] ?? usage["input_tokens"],
    output: usage["completion_tokens"] ?? usage["output_tokens"],
    total: usage["total_tokens"] ?? usage["total"],
    cacheRead: input["cached_tokens"],
    audioIn: input["audio_tokens"],
    reasoning: output["reasoning_tokens"],
    audioOut: output["audio_tokens"],
  });
  return { counts, overlap: "inside" };
}

/** Parts named `prompt_details.*` and `completion_details.*` were taken over from OpenInference, which counts them inside. */
function partsOfLangfuse(details: Json): Read {
  const first = (...names: readonly string[]) =>
    names.map((name) => details[name]).find((value) => value !== undefined);
  const cacheRead = first("cache_read_input_tokens", "input_cached_tokens", "input_cache_read");
  const cacheWrite = first("cache_creation_input_tokens", "input_cache_creation", "input_cache_write");
  const reasoning = toCount(number(first("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")));
  const audioIn = toCount(number(first("input_audio_tokens", "input_audio")));
  const audioOut = toCount(number(first("output_audio_tokens", "output_audio")));
  const input = toCount(number(details["input"]));
  const output = toCount(number(details["output"]));
  const counts = named({
    input: plus(input, audioIn),
    output: plus(output, reasoning, audioOut),
    total: details["total"],
    cacheRead: cacheRead ?? details["prompt_details.cache_read"],
    cacheWrite: cacheWrite ?? details["prompt_details.cache_write"],
    reasoning: reasoning ?? details["completion_details.reasoning"],
    audioIn: audioIn ?? details["prompt_details.audio"],
    audioOut: audioOut ?? details["completion_details.audio"],
  });
  return { counts, overlap: cacheRead === undefined && cacheWrite === undefined ? "inside" : "beside" };
}

function plus(whole: number | undefined, ...parts: readonly (number | undefined)[]): number | undefined {
  return whole === undefined ? undefined : parts.reduce<number>((sum, part) => sum + (part ?? 0), whole);
}

function named(values: { readonly [Name in keyof Counts]: unknown }): Counts {
  const pairs = Object.entries(values).flatMap(([name, value]) => {
    const count = toCount(number(value));
    return count === undefined ? [] : [[name, count] as const];
  });
  return Object.fromEntries(pairs);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
