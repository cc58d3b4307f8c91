/** Real usage bodies with the prices that the authors of the seed expect for them, against our book and arithmetic. */
import { expect, it } from "vitest";
import { bundledSeed, ownSkus, PriceBook, priceUsage } from "#pricing";
import { type Component, type Usage } from "#inference";
import {
  type ExpectedPrice,
  hasExpectedUsages,
  readExpectedUsages,
  RECORDED,
} from "../../e2e/corpus/expected-usages.ts";

const isThere = hasExpectedUsages();
if (!isThere) console.info("Skipped: the corpus of expected usages is not there.");

/** Where we differ on purpose, or the recording is older than the seed. Anything else that differs fails. */
const exceptions: Readonly<Record<string, string>> = {
  "openai gpt-4o-audio-preview-2024-12-17": "the seed prices sound as text; ours has OpenAI's audio rates",
  "azure gpt-4o-audio-preview-2024-12-17": "the seed prices sound as text; ours has OpenAI's audio rates",
  "google claude-sonnet-4-5-20250929": "over 200,000 tokens: the seed has learned of the context band since",
  "mistral ministral-8b-latest": "the recorded output price was ten times the list's and has been corrected since",
  "cerebras qwen-3-coder-480b": "the seed has no price for it any more, and an empty price is not zero",
  "aws gpt-5.6-sol": "new in the seed since",
  "cerebras zai-glm-4.7": "new in the seed since",
  "azure deepseek-v4-flash": "new in the seed since",
  "azure deepseek-reasoner": "new in the seed since",
  "openrouter openai/gpt-5-mini-2025-08-07": "new in the seed since",
};

it.skipIf(!isThere)("prices every usage of the corpus as its authors do, to half a nano a component", async () => {
  const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
  const cases = readExpectedUsages();
  const counts = new Map<string, number>();
  const surprises: string[] = [];
  for (const { model, extracted } of cases) {
    for (const { usage, extractors } of extracted) {
      for (const expected of extractors) {
        const outcome = compare(book, { model, usage, expected });
        const reason = exceptions[`${expected.provider_id} ${model}`];
        const isExpected = outcome === "equal" || outcome === "no price on either side";
        const name = isExpected ? outcome : `${expected.provider_id} ${model}: ${reason}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (!isExpected && reason === undefined)
          surprises.push(`${outcome} ${model} ${JSON.stringify({ usage, expected })}`);
      }
    }
  }
  console.log([...counts].map(([name, number]) => `${String(number).padStart(6)}  ${name}`).join("\n"));
  expect(surprises).toEqual([]);
  expect(counts.get("equal")).toBeGreaterThan(2500);
});

interface Compared {
  readonly model: string | undefined;
  readonly usage: Readonly<Record<string, number>>;
  readonly expected: ExpectedPrice;
}

function compare(book: PriceBook, { model, usage, expected }: Compared): string {
  const hasPrice = expected.input_price !== undefined;
  const sku = model === undefined ? undefined : book.find({ provider: expected.provider_id, model, at: RECORDED });
  if (sku === undefined) return hasPrice ? "only they price it" : "no price on either side";
  if (!hasPrice) return "only we price it";
  const { cost, components } = priceUsage(sku, { usage: ourUsage(usage), tier: undefined, at: RECORDED });
  if (cost.type !== "priced") return `unpriced: ${JSON.stringify(cost)}`;
  const isEqual =
    isClose(components.filter(isInput), expected.input_price) &&
    isClose(components.filter(isOutput), expected.output_price) &&
    (expected.total_price === undefined || isClose(components, expected.total_price));
  return isEqual ? "equal" : "different";
}

const isInput = ({ class: name }: Component) => /input|_in$|cache/.test(name);
const isOutput = ({ class: name }: Component) => /output|_out$/.test(name);

function isClose(components: readonly Component[], expected = "0"): boolean {
  const ours = components.reduce((sum, { nanos }) => sum + nanos, 0n) * 1_000_000_000n;
  const distance = ours - scaled(expected);
  return (distance < 0n ? -distance : distance) * 2n <= BigInt(components.length) * 1_000_000_000n;
}

/** In 10^-18 of a dollar. Their decimals may have exponents: `8E-7`. */
function scaled(decimal: string): bigint {
  const [digits = "", exponent = "0"] = decimal.toLowerCase().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(18 + Number(exponent) - fraction.length);
}

function ourUsage(seed: Readonly<Record<string, number>>): Usage {
  const of = (name: string) => seed[name] ?? 0;
  const audioRead = of("cache_audio_read_tokens");
  const imageRead = of("cache_image_read_tokens");
  const media = {
    audio_in: of("input_audio_tokens") - audioRead,
    image_in: of("input_image_tokens") - imageRead,
    video_in: of("input_video_tokens") - of("cache_video_read_tokens"),
  };
  return {
    input_uncached:
      of("input_tokens") -
      of("cache_read_tokens") -
      of("cache_write_tokens") -
      media.audio_in -
      media.image_in -
      media.video_in,
    cache_read: of("cache_read_tokens") - audioRead - imageRead,
    audio_cache_read: audioRead,
    image_cache_read: imageRead,
    cache_write_5m: of("cache_write_tokens") - of("cache_write_1h_tokens"),
    cache_write_1h: of("cache_write_1h_tokens"),
    ...media,
    output_text: of("output_tokens") - of("output_reasoning_tokens"),
    output_reasoning: of("output_reasoning_tokens"),
    web_searches: of("web_searches"),
  };
}
