import { beforeAll, describe, expect, it } from "vitest";
import { type PriceBook } from "#pricing";
import { bundledBook, openRig, sender, spanOf, type SpanShape } from "./intake-rig.ts";

type Attributes = NonNullable<SpanShape["attributes"]>;

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

/**
 * One interaction in each dialect and version: an agent that embeds its question, retrieves, asks a model with a cache, calls
 * a tool, and whose own span repeats the counts of the model where that version does so.
 */
interface Telling {
  readonly agent: Attributes;
  readonly embedding: Attributes;
  readonly retrieval: Attributes;
  readonly model: Attributes;
  readonly tool: Attributes;
}

const INPUT = 1200;
const READ = 800;
const OUTPUT = 300;
const THOUGHT = 120;

const genAi = (provider: string, read: string): Telling => ({
  agent: {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.usage.input_tokens": INPUT,
    "gen_ai.usage.output_tokens": OUTPUT,
  },
  embedding: {
    "gen_ai.operation.name": "embeddings",
    [provider]: "openai",
    "gen_ai.request.model": "text-embedding-3-small",
    "gen_ai.usage.input_tokens": 25,
  },
  retrieval: { "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook" },
  model: {
    "gen_ai.operation.name": "chat",
    [provider]: "openai",
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.response.model": "gpt-5-mini-2025-08-07",
    "gen_ai.usage.input_tokens": INPUT,
    "gen_ai.usage.output_tokens": OUTPUT,
    [read]: READ,
    "gen_ai.usage.reasoning.output_tokens": THOUGHT,
  },
  tool: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund" },
});

const tellings: Readonly<Record<string, Telling>> = {
  "OpenTelemetry 1.41": genAi("gen_ai.provider.name", "gen_ai.usage.cache_read.input_tokens"),
  "OpenTelemetry 1.36": genAi("gen_ai.system", "gen_ai.usage.cache_read_input_tokens"),
  "OpenTelemetry, first drafts": {
    ...genAi("gen_ai.system", "gen_ai.usage.cache_read_tokens"),
    model: {
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "openai",
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
      "gen_ai.usage.prompt_tokens": INPUT,
      "gen_ai.usage.completion_tokens": OUTPUT,
      "gen_ai.usage.input_tokens.cached": READ,
      "gen_ai.usage.reasoning_tokens": THOUGHT,
    },
  },
  OpenInference: {
    agent: {
      "openinference.span.kind": "AGENT",
      "llm.token_count.prompt": INPUT,
      "llm.token_count.completion": OUTPUT,
    },
    embedding: {
      "openinference.span.kind": "EMBEDDING",
      "llm.provider": "openai",
      "embedding.model_name": "text-embedding-3-small",
      "llm.token_count.prompt": 25,
    },
    retrieval: { "openinference.span.kind": "RETRIEVER", "retriever.name": "handbook" },
    model: {
      "openinference.span.kind": "LLM",
      "llm.provider": "openai",
      "llm.model_name": "gpt-5-mini-2025-08-07",
      "llm.token_count.prompt": INPUT,
      "llm.token_count.completion": OUTPUT,
      "llm.token_count.total": INPUT + OUTPUT,
      "llm.token_count.prompt_details.cache_read": READ,
      "llm.token_count.completion_details.reasoning": THOUGHT,
    },
    tool: { "openinference.span.kind": "TOOL", "tool.name": "refund" },
  },
  Traceloop: {
    agent: { "traceloop.span.kind": "agent", "llm.usage.prompt_tokens": INPUT, "llm.usage.completion_tokens": OUTPUT },
    embedding: {
      "llm.request.type": "embedding",
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "text-embedding-3-small",
      "llm.usage.prompt_tokens": 25,
    },
    retrieval: { "db.system": "pinecone", "traceloop.entity.name": "handbook" },
    model: {
      "llm.request.type": "chat",
      "gen_ai.system": "OpenAI",
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
      "gen_ai.usage.prompt_tokens": INPUT,
      "gen_ai.usage.completion_tokens": OUTPUT,
      "llm.usage.total_tokens": INPUT + OUTPUT,
      "gen_ai.usage.cache_read_input_tokens": READ,
      "llm.usage.reasoning_tokens": THOUGHT,
    },
    tool: { "traceloop.span.kind": "tool", "traceloop.entity.name": "refund" },
  },
  "Vercel AI SDK 6": {
    agent: { "ai.operationId": "ai.generateText", "ai.usage.inputTokens": INPUT, "ai.usage.outputTokens": OUTPUT },
    embedding: {
      "ai.operationId": "ai.embed.doEmbed",
      "ai.model.provider": "openai.embedding",
      "ai.model.id": "text-embedding-3-small",
      "ai.usage.tokens": 25,
    },
    retrieval: { "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook" },
    model: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.model.provider": "openai.responses",
      "ai.response.model": "gpt-5-mini-2025-08-07",
      "ai.usage.inputTokens": INPUT,
      "ai.usage.outputTokens": OUTPUT,
      "ai.usage.cachedInputTokens": READ,
      "ai.usage.reasoningTokens": THOUGHT,
      "gen_ai.usage.input_tokens": INPUT,
      "gen_ai.usage.output_tokens": OUTPUT,
    },
    tool: { "ai.operationId": "ai.toolCall", "ai.toolCall.name": "refund" },
  },
  "Vercel AI SDK 4": {
    agent: { "ai.operationId": "ai.generateText", "ai.usage.promptTokens": INPUT, "ai.usage.completionTokens": OUTPUT },
    embedding: {
      "ai.operationId": "ai.embedMany.doEmbed",
      "ai.model.provider": "openai.embedding",
      "ai.model.id": "text-embedding-3-small",
      "ai.usage.tokens": 25,
    },
    retrieval: { "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook" },
    model: {
      "ai.operationId": "ai.streamText.doStream",
      "ai.model.provider": "openai.chat",
      "ai.response.model": "gpt-5-mini-2025-08-07",
      "ai.usage.promptTokens": INPUT,
      "ai.usage.completionTokens": OUTPUT,
      "ai.response.providerMetadata": JSON.stringify({
        openai: { cachedPromptTokens: READ, reasoningTokens: THOUGHT },
      }),
    },
    tool: { "ai.operationId": "ai.toolCall", "ai.toolCall.name": "refund" },
  },
  Langfuse: {
    agent: { "langfuse.observation.type": "agent" },
    embedding: {
      "langfuse.observation.type": "embedding",
      "gen_ai.system": "openai",
      "langfuse.observation.model.name": "text-embedding-3-small",
      "langfuse.observation.usage_details": JSON.stringify({ input: 25, total: 25 }),
    },
    retrieval: { "langfuse.observation.type": "retriever", "tare.name": "handbook" },
    model: {
      "langfuse.observation.type": "generation",
      "gen_ai.system": "openai",
      "langfuse.observation.model.name": "gpt-5-mini-2025-08-07",
      "langfuse.observation.usage_details": JSON.stringify({
        input: INPUT - READ,
        input_cached_tokens: READ,
        output: OUTPUT - THOUGHT,
        output_reasoning_tokens: THOUGHT,
        total: INPUT + OUTPUT,
      }),
    },
    tool: { "langfuse.observation.type": "tool", "tare.name": "refund" },
  },
};

describe("one interaction, whatever dialect it is told in", () => {
  it.for(Object.entries(tellings))("is the same steps, usage and money in %s", async ([, telling]) => {
    const rig = await openRig({ book });
    await rig.intake.takeSpans(sender, [
      spanOf({ id: "agent", name: "support", attributes: telling.agent }),
      spanOf({ id: "embed", parent: "agent", name: "embed", attributes: telling.embedding }),
      spanOf({ id: "docs", parent: "agent", name: "handbook", attributes: telling.retrieval }),
      spanOf({ id: "model", parent: "agent", name: "answer", attributes: telling.model }),
      spanOf({ id: "tool", parent: "agent", name: "refund", attributes: telling.tool }),
    ]);
    const steps = [...rig.steps().values()].map(({ kind, usage, cost, model, provider }) => ({
      kind,
      usage,
      cost: cost.type === "unpriced" ? cost.reason : `${cost.type} ${cost.nanos}`,
      model: kind === "model" || kind === "embedding" ? `${provider.toLowerCase().split(".")[0]}/${model}` : undefined,
    }));
    expect(steps).toEqual([
      { kind: "custom", usage: undefined, cost: "priced 0", model: undefined },
      { kind: "embedding", usage: { input_uncached: 25 }, cost: "priced 500", model: "openai/text-embedding-3-small" },
      { kind: "retrieval", usage: undefined, cost: "no rate for retrieval steps named handbook", model: undefined },
      {
        kind: "model",
        usage: { input_uncached: 400, cache_read: 800, output_text: 180, output_reasoning: 120 },
        // 400 at $0.25, 800 at $0.025 and 300 at $2 a million.
        cost: "priced 720000",
        model: "openai/gpt-5-mini-2025-08-07",
      },
      { kind: "tool", usage: undefined, cost: "no rate for tool steps named refund", model: undefined },
    ]);
  });
});

describe("Langfuse's details of usage", () => {
  const attributes = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "gpt-5-mini",
    "gen_ai.system": "openai",
  };
  const usageOf = async (details: object, flat: Attributes = {}) => {
    const rig = await openRig({ book });
    const told = { ...attributes, ...flat, "langfuse.observation.usage_details": JSON.stringify(details) };
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: told })]);
    return [...rig.steps().values()][0]?.usage;
  };
  const flat = { "gen_ai.usage.input_tokens": 70, "gen_ai.usage.output_tokens": 7 };

  it.for([
    [
      "as OpenAI's chat API gives it",
      {
        prompt_tokens: 1000,
        completion_tokens: 100,
        total_tokens: 1100,
        prompt_tokens_details: { cached_tokens: 600, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 40 },
      },
      { input_uncached: 400, cache_read: 600, output_text: 60, output_reasoning: 40, audio_in: 0 },
    ],
    [
      "as OpenAI's responses API gives it",
      {
        input_tokens: 1000,
        output_tokens: 100,
        input_tokens_details: { cached_tokens: 600 },
        output_tokens_details: { reasoning_tokens: 40 },
      },
      { input_uncached: 400, cache_read: 600, output_text: 60, output_reasoning: 40 },
    ],
    [
      "without details",
      { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: null },
      { input_uncached: 1000, output_text: 100 },
    ],
    [
      "as Anthropic gives it",
      { input_tokens: 1000, output_tokens: 100, cache_read_input_tokens: 0, cache_creation_input_tokens: 600 },
      { input_uncached: 1000, cache_read: 0, cache_write_5m: 600, output_text: 100 },
    ],
    [
      "in its own parts, of which none was read from a cache",
      { input: 1000, output: 100, input_cache_read: 0, input_cache_creation: 600 },
      { input_uncached: 1000, cache_read: 0, cache_write_5m: 600, output_text: 100 },
    ],
  ] as const)("count parts that do not overlap: %s", async ([, details, usage]) => {
    expect(await usageOf(details, flat)).toEqual(usage);
  });

  it("leave it to the span's other counts where they say nothing that can be read", async () => {
    for (const details of [{ pages: 3 }, {}, { total: 77 }, { input: "70" }])
      expect(await usageOf(details, flat)).toEqual({ input_uncached: 70, output_text: 7 });
  });
});

describe("thoughts that Google's Agent Development Kit counts beside the answer", () => {
  const attributes = { "gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash" };
  const usageOf = async (counts: Attributes) => {
    const rig = await openRig({ book });
    const told = { ...attributes, "gen_ai.operation.name": "generate_content", ...counts };
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: told })]);
    return [...rig.steps().values()][0];
  };
  const THOUGHTS = "gen_ai.usage.experimental.reasoning_tokens";

  it("are counted and priced beside it", async () => {
    expect(
      await usageOf({ "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100, [THOUGHTS]: 40 }),
    ).toMatchObject({
      usage: { input_uncached: 1000, output_text: 100, output_reasoning: 40 },
      // 1,000 at $0.30 and 140 at $2.50 a million.
      cost: { type: "priced", nanos: 650_000n },
    });
  });

  it("are all that there is where nothing was answered", async () => {
    const step = await usageOf({ "gen_ai.usage.input_tokens": 1000, [THOUGHTS]: 40 });
    expect(step?.usage).toEqual({ input_uncached: 1000, output_reasoning: 40 });
  });

  it("are inside it where the conventions' own name tells of them too", async () => {
    const counts = { "gen_ai.usage.output_tokens": 140, "gen_ai.usage.reasoning.output_tokens": 40, [THOUGHTS]: 40 };
    expect((await usageOf(counts))?.usage).toEqual({ output_text: 100, output_reasoning: 40 });
  });
});

describe("LangSmith's details of usage", () => {
  const counts = {
    "langsmith.span.kind": "llm",
    "gen_ai.system": "anthropic",
    "gen_ai.response.model": "claude-sonnet-4-20250514",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 100,
  };

  it.for([
    [
      { cache_read: 800, cache_creation: 100, audio: 0 },
      { input_uncached: 300, cache_read: 800, cache_write_5m: 100, audio_in: 0 },
    ],
    [
      { cache_read: 0, cache_creation: 0, ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      { input_uncached: 900, cache_read: 0, cache_write_5m: 100, cache_write_1h: 200 },
    ],
    [
      { cache_creation: 300, ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      { input_uncached: 900, cache_write_5m: 300 },
    ],
  ] as const)("are parts of the input and of the output: %j", async ([input, usage]) => {
    const rig = await openRig({ book });
    const details = {
      "gen_ai.usage.input_token_details": JSON.stringify(input),
      "gen_ai.usage.output_token_details": JSON.stringify({ reasoning: 40 }),
    };
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: { ...counts, ...details } })]);
    const [step] = rig.steps().values();
    expect(step?.usage).toEqual({ ...usage, output_text: 60, output_reasoning: 40 });
    expect(step?.cost.type).toBe("priced");
  });
});
