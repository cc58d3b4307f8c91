import { type Dialect } from "../dialect.ts";

/** The telemetry of the Vercel AI SDK, versions 3 to 6; from version 7 on it writes the GenAI conventions. */
export const vercelAi: Dialect = {
  name: "vercel_ai",
  kinds: [
    {
      key: "ai.operationId",
      kinds: {
        "ai.generateText.doGenerate": "model",
        "ai.streamText.doStream": "model",
        "ai.generateObject.doGenerate": "model",
        "ai.streamObject.doStream": "model",
        "ai.embed.doEmbed": "embedding",
        "ai.embedMany.doEmbed": "embedding",
        "ai.rerank.doRerank": "rerank",
        "ai.toolCall": "tool",
        "ai.*": "group",
      },
    },
  ],
  counts: {
    input: ["ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"],
    output: ["ai.usage.outputTokens", "ai.usage.completionTokens"],
    total: ["ai.usage.totalTokens"],
    cacheRead: ["ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"],
    cacheWrite: ["ai.usage.inputTokenDetails.cacheWriteTokens"],
    reasoning: ["ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"],
  },
  facts: {
    operation: ["ai.operationId"],
    provider: ["ai.model.provider"],
    requestedModel: ["ai.model.id"],
    servedModel: ["ai.response.model"],
    upstreamId: ["ai.response.id"],
    title: ["ai.toolCall.name"],
  },
  dimensions: {
    feature: ["ai.telemetry.functionId"],
    user: ["ai.telemetry.metadata.userId"],
    session: ["ai.telemetry.metadata.sessionId"],
  },
  tags: [],
};
