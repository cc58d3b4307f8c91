import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AskFacts, type Usage, usageClasses } from "#inference";
import { instant, money, parseMoney } from "#units";
import { boundUsage, bundledSeed, ownSkus, PriceBook, priceUsage, type Sku } from "#pricing";
import { frameTokens } from "./bound-usage.ts";
import { inputClasses, outputClasses } from "./usage-family.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const at = instant(Date.parse("2026-11-01T02:00:00Z"));
const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });

/** Every sku of the book that can be found by its own name. */
const skus = [...new Set(book.search({}).rows.map((row) => `${row.provider} ${row.model}`))]
  .map((name) => name.split(" "))
  .map(([provider = "", model = ""]) => book.find({ provider, model, at }))
  .filter((sku) => sku !== undefined);

const plainAsk: AskFacts = {
  format: "openai",
  operation: "chat",
  model: "m",
  stream: false,
  background: false,
  bodyBytes: 1_000,
  messages: 2,
  tools: 0,
  outputCap: 100,
  choices: 1,
  serviceTier: "default",
  writesLongCache: false,
  unbounded: [],
  inlineMedia: 0,
  references: [],
};

function found(provider: string, model: string): Sku {
  const sku = book.find({ provider, model, at });
  if (sku === undefined) throw new Error(`${provider} ${model} is not in the book`);
  return sku;
}

function dollars(text: string) {
  const amount = parseMoney(text);
  if (!amount.ok) throw new Error(text);
  return amount.value;
}

/** A nano for each class of usage, above all that rounding can add. */
const ROUNDING = BigInt(usageClasses.length);
const terms = { outputCap: 100, holdCeiling: undefined, at };

describe("the bound of an attempt", () => {
  it("says how many tokens there can be: bytes and frames in, the cap for each choice out, the window for the rest", () => {
    const sku = found("openai", "gpt-4o");
    const tokens = (differing: Partial<AskFacts>, more: Partial<typeof terms & { sku: Sku | undefined }> = {}) =>
      boundUsage({ ...plainAsk, ...differing }, { ...terms, sku, ...more }).tokens;
    expect(tokens({})).toBe(1_000 + 1_024 + 2 * 16 + 100);
    expect(tokens({ choices: 3 })).toBe(1_000 + 1_024 + 2 * 16 + 300);
    const window = Math.ceil((sku.contextWindow ?? Number.NaN) * 1.05);
    expect(tokens({ inlineMedia: 1 })).toBe(window + 100);
    expect(tokens({ unbounded: ["stored_context"] })).toBe(window + 100);
    expect(tokens({}, { sku: undefined })).toBe(1_000 + 1_024 + 2 * 16 + 100);
    expect(tokens({ unbounded: ["stored_context"] }, { sku: undefined })).toBeUndefined();
    expect(tokens({ operation: "speech" })).toBeUndefined();
    expect(tokens({ operation: "count-tokens" })).toBe(0);
  });

  it("is above the price of any usage that fits the ask, for every sku of the book", () => {
    let priced = 0;
    const check = fc.property(fc.constantFrom(...skus), asks(), usages(), (sku, { ask, outputCap }, weights) => {
      const bound = boundUsage(ask, { sku, outputCap, holdCeiling: undefined, at });
      const usage = fitting(weights, { ask, outputCap, sku });
      for (const tier of tiersFor(ask.serviceTier)) {
        const { cost } = priceUsage(sku, { usage, tier, at });
        if (bound.type === "unknown" || cost.type === "unpriced") continue;
        expect(cost.nanos, JSON.stringify({ sku: sku.id, ask, usage, tier })).toBeLessThanOrEqual(bound.nanos);
        priced += 1;
      }
    });
    fc.assert(check, { numRuns: runsOf(10_000) });
    expect(priced).toBeGreaterThan(runsOf(10_000) / 2);
  });

  it("can be written down and read again, whatever cap and number of choices a client asks for", () => {
    const absurd = fc.constantFrom(1, 128, 1e9, 1e12, Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.constantFrom(...skus), absurd, absurd, fc.boolean(), (sku, outputCap, choices, hasCeiling) => {
        const ask: AskFacts = { ...plainAsk, outputCap, choices };
        const holdCeiling = hasCeiling ? money(1n) : undefined;
        const bound = boundUsage(ask, { sku, outputCap, holdCeiling, at });
        if (bound.type !== "unknown") expect(BigInt.asIntN(64, bound.nanos)).toBe(bound.nanos);
      }),
    );
  });

  it("is the same whether its rates are looked for or remembered from calls before", () => {
    const check = fc.property(fc.constantFrom(...skus), asks(), (sku, { ask, outputCap }) => {
      const asked = { outputCap, holdCeiling: undefined, at };
      const looked = boundUsage(ask, { ...asked, sku: { ...sku, dearest: new Map() } });
      expect(boundUsage(ask, { ...asked, sku })).toEqual(looked);
    });
    fc.assert(check, { numRuns: runsOf(10_000) });
  });

  it("covers own rates too, with a charge for each request and each tier", () => {
    const rate = fc.integer({ min: 1, max: 5_000 }).map((cents) => `${(cents / 100).toFixed(2)} USD/M`);
    const rates = fc.record(
      {
        input: rate,
        cache_write: rate,
        cache_write_1h: rate,
        output: rate,
        reasoning: rate,
        requests: rate,
        audio_out: rate,
      },
      { requiredKeys: ["input", "output"] },
    );
    const some = fc.record({ standard: rates, priority: rates, flex: rates });
    const check = fc.property(some, asks(), usages(), ({ standard, ...more }, { ask, outputCap }, weights) => {
      const configured = [{ provider: "own", prices: undefined, rates: { m: { ...standard, ...more } } }];
      const sku = PriceBook.build({ seed: [], own: [], configured }).find({ provider: "own", model: "m", at });
      if (sku === undefined) throw new Error("a configured model is found");
      const bound = boundUsage(ask, { sku, outputCap, holdCeiling: undefined, at });
      const usage = fitting(weights, { ask, outputCap, sku });
      for (const tier of tiersFor(ask.serviceTier)) {
        const { cost } = priceUsage(sku, { usage, tier, at });
        if (bound.type === "unknown" || cost.type === "unpriced") continue;
        expect(cost.nanos, JSON.stringify({ ask, usage, tier })).toBeLessThanOrEqual(bound.nanos);
      }
    });
    fc.assert(check, { numRuns: runsOf(2_000) });
  });

  it("is proven from bytes, frames and the cap at the dearest rates", () => {
    // 1,000 bytes + 1,024 + 2 frames of 16, at 1.25; 100 tokens at 10; 23 nanos of rounding.
    const nanos = (1_000n + 1_024n + 32n) * 1_250n + 100n * 10_000n + ROUNDING;
    expect(boundUsage(plainAsk, { ...terms, sku: found("openai", "gpt-5") })).toMatchObject({ type: "proven", nanos });
  });

  it("counts the context band that the input could reach, the cache writes, and each choice", () => {
    const sku = found("anthropic", "claude-sonnet-4-5");
    const long = boundUsage({ ...plainAsk, bodyBytes: 300_000 }, { ...terms, sku });
    expect(long).toMatchObject({ type: "proven", nanos: 301_056n * 7_500n + 100n * 22_500n + ROUNDING });
    const held = boundUsage({ ...plainAsk, writesLongCache: true, choices: 3 }, { ...terms, sku });
    expect(held).toMatchObject({ type: "proven", nanos: 2_056n * 6_000n + 300n * 15_000n + ROUNDING });
  });

  it("covers inference in the US alone, which a workspace may choose for all of its calls", () => {
    const sku = found("anthropic", "claude-opus-4-6");
    const answered = { usage: { input_uncached: 1_000, cache_read: 10, output_text: 100, web_searches: 1 }, at };
    const nanosIn = (tier: string) => sku && priceUsage(sku, { ...answered, tier });
    // Tokens at 5.50, 0.55 and 27.50 in place of 5, 0.50 and 25; a search costs what it costs.
    expect(nanosIn("standard")?.cost).toEqual({ type: "priced", nanos: 7_505_000n + 10_000_000n });
    expect(nanosIn("us")?.cost).toEqual({ type: "priced", nanos: 8_255_500n + 10_000_000n });
    expect(nanosIn("priority_us")?.cost).toMatchObject({ type: "unpriced", reason: "unknown tier: priority_us" });
    for (const serviceTier of [undefined, "standard_only", "us"]) {
      const bound = boundUsage({ ...plainAsk, serviceTier }, { ...terms, sku });
      expect(bound).toMatchObject({ type: "proven", nanos: 2_056n * 6_875n + 100n * 27_500n + ROUNDING });
    }
  });

  it("covers every tier that the provider's own settings may choose when the client says nothing", () => {
    const sku = found("openai", "gpt-5");
    const silent = boundUsage({ ...plainAsk, serviceTier: undefined }, { ...terms, sku });
    expect(silent).toMatchObject({ type: "proven", nanos: 2_056n * 2_500n + 100n * 20_000n + ROUNDING });
    expect(boundUsage({ ...plainAsk, serviceTier: "flex" }, { ...terms, sku })).toEqual(
      boundUsage(plainAsk, { ...terms, sku }),
    );
    expect(boundUsage({ ...plainAsk, serviceTier: "scale" }, { ...terms, sku })).toMatchObject({
      type: "unknown",
      reason: "unknown tier: scale",
    });
    expect(boundUsage({ ...plainAsk, serviceTier: "my secret is 1234" }, { ...terms, sku })).toMatchObject({
      type: "unknown",
      reason: "unknown tier: (unreadable)",
    });
  });

  it("is within the context window where one is known, and holds the whole of it for media in the body", () => {
    const sku = found("openai", "gpt-4o");
    const window = 134_400n;
    const huge = boundUsage({ ...plainAsk, bodyBytes: 30_000_000 }, { ...terms, sku });
    expect(huge).toMatchObject({ type: "proven", nanos: window * 2_500n + 100n * 10_000n + ROUNDING });
    expect(boundUsage({ ...plainAsk, inlineMedia: 1 }, { ...terms, sku })).toEqual(huge);
    const uncapped = boundUsage({ ...plainAsk, outputCap: undefined }, { ...terms, sku, outputCap: undefined });
    expect(uncapped).toMatchObject({ type: "proven", nanos: 2_056n * 2_500n + window * 10_000n + ROUNDING });
  });

  it("is the ceiling where nothing limits a part, and unknown without one", () => {
    const sku = found("openai", "gpt-5");
    const ask: AskFacts = { ...plainAsk, unbounded: ["media_by_reference", "server_tool"] };
    const holdCeiling = dollars("0.5");
    expect(boundUsage(ask, { ...terms, sku, holdCeiling })).toMatchObject({ type: "ceiling", nanos: holdCeiling });
    expect(boundUsage(ask, { ...terms, sku })).toMatchObject({
      type: "unknown",
      reason: "not limited: media_by_reference, server_tool",
    });
    const small = boundUsage(ask, { ...terms, sku, holdCeiling: dollars("0.000001") });
    expect(small.type === "ceiling" && small.nanos).toBe(2_056n * 1_250n + 100n * 10_000n + ROUNDING);
  });

  it("is unknown for models that nobody sells, and nothing for what costs nothing", () => {
    expect(boundUsage(plainAsk, { ...terms, sku: undefined })).toMatchObject({
      type: "unknown",
      reason: "no price for this model",
    });
    const free = { type: "proven", nanos: money(0n) };
    expect(boundUsage({ ...plainAsk, operation: "count-tokens" }, { ...terms, sku: undefined })).toMatchObject(free);
    expect(boundUsage(plainAsk, { ...terms, sku: found("openai", "omni-moderation-latest") })).toMatchObject(free);
  });

  it("proves speech by its characters, and neither transcriptions nor searching models", () => {
    const speech: AskFacts = { ...plainAsk, operation: "speech", characters: 900, unbounded: ["media_output"] };
    expect(boundUsage(speech, { ...terms, sku: found("openai", "tts-1") })).toMatchObject({
      type: "proven",
      nanos: 900n * 15_000n + ROUNDING,
    });
    expect(boundUsage(speech, { ...terms, sku: found("openai", "gpt-4o-mini-tts") }).type).toBe("unknown");
    const heard: AskFacts = { ...plainAsk, operation: "transcription" };
    expect(boundUsage(heard, { ...terms, sku: found("openai", "whisper-1") }).type).toBe("unknown");
    expect(boundUsage(plainAsk, { ...terms, sku: found("perplexity", "sonar") })).toMatchObject({
      type: "unknown",
      reason: "not limited: web_searches",
    });
  });
});

/** What may be billed for a tier asked: a provider may serve standard instead, and decides alone when nothing is asked. */
function tiersFor(asked: string | undefined): readonly (string | undefined)[] {
  if (asked === undefined || asked === "auto") return [undefined, "default", "flex", "priority"];
  return asked === "default" ? ["default", undefined] : [asked, "default"];
}

function asks(): fc.Arbitrary<{ ask: AskFacts; outputCap: number | undefined }> {
  return fc
    .record({
      operation: fc.constantFrom("chat", "completion", "response", "embedding" as const),
      bodyBytes: fc.oneof(fc.integer({ min: 2, max: 5_000 }), fc.integer({ min: 2, max: 2_000_000 })),
      messages: fc.nat(50),
      tools: fc.nat(20),
      outputCap: fc.option(fc.oneof(fc.nat(50), fc.nat(200_000)), { nil: undefined }),
      choices: fc.integer({ min: 1, max: 8 }),
      serviceTier: fc.constantFrom(undefined, "auto", "default", "flex", "priority"),
      writesLongCache: fc.boolean(),
      inlineMedia: fc.option(fc.nat(2), { nil: undefined }),
    })
    .map(({ inlineMedia, ...some }) => {
      const ask: AskFacts = { ...plainAsk, ...some, ...(inlineMedia !== undefined && { inlineMedia }) };
      return { ask, outputCap: ask.outputCap };
    });
}

type Weights = Readonly<Record<string, number>>;

function usages(): fc.Arbitrary<Weights> {
  const text = ["input_uncached", "cache_read", "cache_write_5m", "output_text", "output_reasoning"] as const;
  return fc.oneof(
    fc.dictionary(fc.constantFrom(...text), fc.nat(1_000), { minKeys: 1 }),
    fc.dictionary(fc.constantFrom(...usageClasses), fc.nat(1_000), { minKeys: 1, maxKeys: 8 }),
  );
}

interface Fit {
  readonly ask: AskFacts;
  readonly outputCap: number | undefined;
  readonly sku: Sku;
}

/** Shares out the most tokens that the ask allows over the classes that it allows. */
function fitting(weights: Weights, { ask, outputCap, sku }: Fit): Usage {
  const frames = frameTokens.call + frameTokens.message * ask.messages + frameTokens.tool * ask.tools;
  const oneContext = ask.operation === "chat" || ask.operation === "response";
  const window = oneContext ? (sku.contextWindow ?? Infinity) : Infinity;
  const input = (ask.inlineMedia ?? 0) > 0 ? Math.min(window, 400_000) : Math.min(ask.bodyBytes + frames, window);
  const output = ask.operation === "embedding" ? 0 : (outputCap ?? Math.min(window, 100_000)) * ask.choices;
  const mayMedia = ask.inlineMedia !== 0;
  const allowedIn = inputClasses.filter(
    (name) => (ask.writesLongCache || name !== "cache_write_1h") && (mayMedia || !/audio|image|video/.test(name)),
  );
  return { ...shared(weights, allowedIn, input), ...shared(weights, outputClasses, output) };
}

function shared(weights: Weights, classes: readonly string[], total: number): Usage {
  const chosen = classes.filter((name) => (weights[name] ?? 0) > 0);
  const sum = chosen.reduce((all, name) => all + (weights[name] ?? 0), 0);
  return Object.fromEntries(chosen.map((name) => [name, Math.floor((total * (weights[name] ?? 0)) / sum)]));
}
