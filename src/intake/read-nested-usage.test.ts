import { beforeAll, describe, expect, it } from "vitest";
import { type Usage } from "#inference";
import { type PriceBook } from "#pricing";
import { bundledBook, openRig, sender, spanOf, type SpanShape } from "./intake-rig.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

interface Told {
  readonly provider: string;
  readonly model: string;
  readonly metadata: object;
  readonly counts: NonNullable<SpanShape["attributes"]>;
}

async function stepOf({ provider, model, metadata, counts }: Told) {
  const rig = await openRig({ book });
  const attributes = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": provider,
    "ai.response.model": model,
    ...counts,
    "ai.response.providerMetadata": JSON.stringify(metadata),
  };
  await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes })]);
  const [step] = rig.steps().values();
  return step;
}

/** As versions 3 and 4 count. */
const counted = (input: number, output: number) => ({
  "ai.usage.promptTokens": input,
  "ai.usage.completionTokens": output,
  "gen_ai.usage.input_tokens": input,
  "gen_ai.usage.output_tokens": output,
});

const sonnet = { provider: "anthropic.messages", model: "claude-sonnet-4-20250514" };

describe("what a provider says of its own usage through the Vercel AI SDK", () => {
  it.for<[string, Told, Usage, string]>([
    [
      "Anthropic's cached tokens beside the input, as version 4 passes them on",
      {
        ...sonnet,
        metadata: { anthropic: { cacheCreationInputTokens: 2000, cacheReadInputTokens: 1000 } },
        counts: counted(40, 300),
      },
      { input_uncached: 40, cache_read: 1000, cache_write_5m: 2000, output_text: 300 },
      // 40 at $3, 1,000 at $0.30, 2,000 at $3.75 and 300 at $15 a million.
      "priced 12420000",
    ],
    [
      "the same where more was counted in the input than in the cache, and a total without the cache",
      {
        ...sonnet,
        metadata: { anthropic: { cacheCreationInputTokens: null } },
        counts: {
          "ai.usage.inputTokens": 4000,
          "ai.usage.outputTokens": 300,
          "ai.usage.totalTokens": 4300,
          "ai.usage.cachedInputTokens": 1000,
        },
      },
      { input_uncached: 4000, cache_read: 1000, output_text: 300 },
      "priced 16800000",
    ],
    [
      "Anthropic's web searches beside the tokens",
      {
        ...sonnet,
        metadata: {
          anthropic: {
            usage: { input_tokens: 40, output_tokens: 300, server_tool_use: { web_search_requests: 2 } },
          },
        },
        counts: { ...counted(40, 300), "ai.usage.totalTokens": 340 },
      },
      { input_uncached: 40, output_text: 300, web_searches: 2 },
      // Two searches at a cent each.
      "priced 24620000",
    ],
    [
      "no web search where there was none",
      {
        ...sonnet,
        metadata: {
          anthropic: {
            usage: { input_tokens: 40, output_tokens: 300, server_tool_use: { web_search_requests: 0 } },
          },
        },
        counts: counted(40, 300),
      },
      { input_uncached: 40, output_text: 300 },
      "priced 4620000",
    ],
    [
      "nothing of a cache that was not used",
      {
        ...sonnet,
        metadata: { anthropic: { cacheCreationInputTokens: null, cacheReadInputTokens: null } },
        counts: counted(40, 300),
      },
      { input_uncached: 40, output_text: 300 },
      "priced 4620000",
    ],
    [
      "nothing of Anthropic's where the parts of the input are counted, as version 6 does",
      {
        ...sonnet,
        metadata: { anthropic: { usage: null, cacheCreationInputTokens: 2000 } },
        counts: {
          "ai.usage.inputTokens": 3040,
          "ai.usage.inputTokenDetails.cacheReadTokens": 1000,
          "ai.usage.inputTokenDetails.cacheWriteTokens": 2000,
          "ai.usage.outputTokens": 300,
          "ai.usage.totalTokens": 3340,
        },
      },
      { input_uncached: 40, cache_read: 1000, cache_write_5m: 2000, output_text: 300 },
      "priced 12420000",
    ],
    [
      "DeepSeek's cached tokens inside the input",
      {
        provider: "deepseek.chat",
        model: "deepseek-chat",
        metadata: { deepseek: { promptCacheHitTokens: 1000, promptCacheMissTokens: 200 } },
        counts: counted(1200, 300),
      },
      { input_uncached: 200, cache_read: 1000, output_text: 300 },
      // Off its peak hours: 200 at $0.135, 1,000 at $0.035 and 300 at $0.55 a million.
      "priced 227000",
    ],
    [
      "Gemini's thoughts beside the answer",
      {
        provider: "google.generative-ai",
        model: "gemini-2.5-flash",
        metadata: {
          google: {
            usageMetadata: {
              promptTokenCount: 1200,
              cachedContentTokenCount: 800,
              candidatesTokenCount: 300,
              thoughtsTokenCount: 200,
              totalTokenCount: 1700,
            },
          },
        },
        counts: counted(1200, 300),
      },
      { input_uncached: 400, cache_read: 800, output_text: 300, output_reasoning: 200 },
      "priced 1394000",
    ],
    [
      "Gemini's prompt of tools, and thoughts without an answer",
      {
        provider: "google.vertex.chat",
        model: "gemini-2.5-flash",
        metadata: {
          vertex: {
            usageMetadata: {
              promptTokenCount: 1000,
              toolUsePromptTokenCount: 200,
              thoughtsTokenCount: 500,
              totalTokenCount: 1700,
            },
          },
        },
        counts: counted(1000, 0),
      },
      { input_uncached: 1200, output_text: 0, output_reasoning: 500 },
      "priced 1610000",
    ],
  ])("is counted in parts that do not overlap: %s", async ([, told, usage, cost]) => {
    const step = await stepOf(told);
    expect(step?.usage).toEqual(usage);
    expect(step?.cost.type === "unpriced" ? step.cost.reason : `${step?.cost.type} ${step?.cost.nanos}`).toBe(cost);
  });

  it("takes searches for no tokens that the total tells of", async () => {
    const step = await stepOf({
      ...sonnet,
      metadata: { anthropic: { usage: { output_tokens: 300, server_tool_use: { web_search_requests: 20 } } } },
      counts: { "ai.usage.inputTokens": 40, "ai.usage.outputTokens": 300, "ai.usage.totalTokens": 350 },
    });
    expect(step?.cost).toMatchObject({ type: "estimated", basis: "the total says 10 tokens more than its parts" });
  });

  it.for(["openai", "azure"])("has the tier that was billed, under the name %s", async (name) => {
    const step = await stepOf({
      provider: `${name}.responses`,
      model: "gpt-5-mini",
      metadata: { [name]: { serviceTier: "priority" } },
      counts: counted(1200, 300),
    });
    expect(step?.tier).toBe("priority");
  });
});
