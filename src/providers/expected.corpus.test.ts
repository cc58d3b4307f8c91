import { type FormatName, type Operation, type Usage } from "#inference";
import { describe, expect, it } from "vitest";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";
import { wireFormats } from "./index.ts";
import {
  type ExpectedPrice,
  type ExpectedUsage,
  hasExpectedUsages,
  readExpectedUsages,
  RECORDED,
} from "../../e2e/corpus/expected-usages.ts";

/** Bodies whose price differs although their usage is equal, by provider and model. */
const priceExceptions: Readonly<Record<string, string>> = {
  "openai gpt-4o-audio-preview-2024-12-17": "the seed prices sound as text; our book has OpenAI's audio rates",
  "azure gpt-4o-audio-preview-2024-12-17": "the seed prices sound as text; our book has OpenAI's audio rates",
  "mistral ministral-8b-latest": "the recorded output price was ten times the list's and has been corrected since",
  "cerebras qwen-3-coder-480b": "the seed has no price for it any more",
};

/** Which of our formats a provider's flavour of API is; the others are not ours. */
function formatOf(provider: string, flavour: string): { format: FormatName; operation: Operation } | undefined {
  if (flavour === "anthropic" || (flavour === "default" && ["anthropic", "minimax"].includes(provider))) {
    return { format: "anthropic", operation: "chat" };
  }
  if (provider === "google" && flavour === "default") return { format: "gemini", operation: "chat" };
  if (flavour === "responses") return { format: "openai", operation: "response" };
  if (provider !== "cohere" && flavour === "embeddings") return { format: "openai", operation: "embedding" };
  const isChat =
    flavour === "chat" || (flavour === "default" && ["groq", "mistral", "perplexity", "x-ai"].includes(provider));
  return isChat ? { format: "openai", operation: "chat" } : undefined;
}

interface Exception {
  readonly reason: string;
  readonly matches: (provider: string, usage: Readonly<Record<string, unknown>>) => boolean;
}

/** Where we read otherwise, and why. */
const exceptions: readonly Exception[] = [
  {
    reason: "exception: xAI's extractor adds reasoning to a body whose total says that it is inside the completion",
    matches: (provider, usage) =>
      provider === "x-ai" &&
      usage["total_tokens"] === Number(usage["prompt_tokens"]) + Number(usage["completion_tokens"]),
  },
  {
    reason:
      "exception: the totals leave out an iteration: a compaction, which we add, or another model's part, unknown",
    matches: (_, usage) => Array.isArray(usage["iterations"]),
  },
];

const isThere = hasExpectedUsages();
if (!isThere) console.info("Skipped: the corpus of expected usages is not there.");

describe.skipIf(!isThere)("Expected usage of real bodies", () => {
  it("is what each format reads, for every provider and flavour of it", () => {
    const bodies = readExpectedUsages();
    const counts = new Map<string, number>();
    const surprises: string[] = [];
    for (const reading of bodies.flatMap(readingsOf)) {
      const { outcome, name, reported } = judge(reading);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (outcome.startsWith("differs")) surprises.push(`${name} ${outcome} ${JSON.stringify(reported)}`);
    }
    for (const [outcome, count] of counts) console.info(`  ${count} ${outcome}`);
    expect(surprises).toEqual([]);
  });

  it("costs what it is expected to cost, to half a nano a component", async () => {
    const bodies = readExpectedUsages();
    const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
    const counts = new Map<string, number>();
    const surprises: string[] = [];
    for (const reading of bodies.flatMap(readingsOf)) {
      const outcome = judgePrice(book, reading);
      if (outcome === undefined) continue;
      const name = `${reading.provider} ${reading.model}`;
      const isFine = outcome === "equal" || outcome.startsWith("not compared");
      const reason = priceExceptions[name];
      const key = isFine ? outcome : `exception: ${name}: ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!isFine && reason === undefined) surprises.push(`${name} ${reading.flavour}: ${outcome}`);
    }
    for (const [key, count] of counts) console.info(`  price: ${count} ${key}`);
    expect(surprises).toEqual([]);
  });
});

interface Reading {
  readonly model: string | undefined;
  readonly price: ExpectedPrice;
  readonly body: { readonly [key: string]: unknown };
  readonly expected: Readonly<Record<string, number>>;
  readonly provider: string;
  readonly flavour: string;
}

function readingsOf({ model, body, extracted }: ExpectedUsage): Reading[] {
  return extracted.flatMap(({ usage, extractors }) =>
    extractors.map((one) => ({
      model,
      price: one,
      body,
      expected: usage,
      provider: one.provider_id,
      flavour: one.api_flavor,
    })),
  );
}

/** The price of what we read; undefined where nobody prices it, or the usage is an exception above. */
function judgePrice(book: PriceBook, reading: Reading): string | undefined {
  const { model, price, provider } = reading;
  const place = formatOf(provider, reading.flavour);
  const sku = model === undefined ? undefined : book.find({ provider, model, at: RECORDED });
  if (place === undefined || price.input_price === undefined || judge(reading).outcome !== "equal") return undefined;
  if (sku === undefined) return "only they price it";
  const usage = readUsage(place, reading.body) ?? {};
  const { components } = priceUsage(sku, { usage, tier: undefined, at: RECORDED });
  const nanos = components.reduce((sum, component) => sum + Number(component.nanos), 0);
  const total = price.total_price ?? Number(price.input_price) + Number(price.output_price ?? 0);
  const expected = Number(total) * 1e9;
  if (Math.abs(nanos - expected) <= components.length / 2 + 1e-3) return "equal";
  const read = Object.entries(inTheirWords(usage)).filter(([, count]) => count > 0);
  const isWhole = read.every(([name]) => reading.expected[name] !== undefined);
  return isWhole ? `${nanos} nanos, expected ${expected}` : "not compared: their flavour leaves out a part of the body";
}

function judge({ body, expected, provider, flavour }: Reading) {
  const reported = { ...((body["usage"] ?? body["usageMetadata"]) as Record<string, unknown> | undefined) };
  const name = `${provider} ${flavour}`;
  const place = formatOf(provider, flavour);
  if (place === undefined) return { outcome: "not one of our formats", name, reported };
  const outcome = compare(expected, readUsage(place, body));
  if (outcome === "equal") return { outcome, name, reported };
  const reason = exceptions.find(({ matches }) => matches(provider, reported))?.reason;
  return { outcome: reason ?? outcome, name, reported };
}

function readUsage(
  { format, operation }: { format: FormatName; operation: Operation },
  body: object,
): Usage | undefined {
  const reader = wireFormats
    .find(({ name }) => name === format)
    ?.readAnswer({
      operation,
      stream: false,
      status: 200,
      contentType: "application/json",
      stripUsage: false,
      receipt: undefined,
    });
  reader?.push(Buffer.from(JSON.stringify(body)));
  reader?.finish();
  return reader?.facts().usage;
}

function compare(expected: Readonly<Record<string, number>>, usage: Usage | undefined): string {
  const read = usage === undefined ? {} : inTheirWords(usage);
  const differences = Object.entries(expected).flatMap(([name, count]) => {
    const ours = read[name];
    return ours === undefined || ours === count ? [] : [`${name} ${count} read as ${ours}`];
  });
  if (usage === undefined) return "differs: none read";
  return differences.length === 0 ? "equal" : `differs: ${differences.join(", ")}`;
}

/** Their classes overlap: totals, and what of them was cached, heard or seen. */
function inTheirWords(usage: Usage): Record<string, number> {
  const sum = (...names: (keyof Usage)[]) => names.reduce((total, name) => total + (usage[name] ?? 0), 0);
  return {
    input_tokens: sum(
      "input_uncached",
      "cache_read",
      "cache_write_5m",
      "cache_write_1h",
      "audio_in",
      "audio_cache_read",
      "image_in",
      "image_cache_read",
      "video_in",
    ),
    cache_read_tokens: sum("cache_read", "audio_cache_read", "image_cache_read"),
    cache_write_tokens: sum("cache_write_5m", "cache_write_1h"),
    cache_write_5m_tokens: sum("cache_write_5m"),
    input_audio_tokens: sum("audio_in", "audio_cache_read"),
    cache_audio_read_tokens: sum("audio_cache_read"),
    input_image_tokens: sum("image_in", "image_cache_read"),
    cache_image_read_tokens: sum("image_cache_read"),
    output_tokens: sum("output_text", "output_reasoning", "audio_out", "image_out", "video_out"),
    output_reasoning_tokens: sum("output_reasoning"),
    web_searches: sum("web_searches"),
  };
}
