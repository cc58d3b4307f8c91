import { type Dialect } from "../dialect.ts";

/** OpenInference, as Phoenix and its instrumentations write it. */
export const openInference: Dialect = {
  name: "openinference",
  kinds: [
    {
      key: "openinference.span.kind",
      kinds: {
        LLM: "model",
        EMBEDDING: "embedding",
        RERANKER: "rerank",
        RETRIEVER: "retrieval",
        TOOL: "tool",
        GUARDRAIL: "guard",
        EVALUATOR: "judge",
        AGENT: "group",
        CHAIN: "group",
        PROMPT: "group",
      },
    },
  ],
  counts: {
    input: ["llm.token_count.prompt", "embedding.token_count.prompt"],
    output: ["llm.token_count.completion"],
    total: ["llm.token_count.total"],
    cacheRead: ["llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"],
    cacheWrite: ["llm.token_count.prompt_details.cache_write"],
    reasoning: ["llm.token_count.completion_details.reasoning"],
    audioIn: ["llm.token_count.prompt_details.audio"],
    audioOut: ["llm.token_count.completion_details.audio"],
  },
  facts: {
    operation: ["openinference.span.kind"],
    provider: ["llm.provider", "llm.system"],
    requestedModel: ["llm.request.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name"],
    servedModel: ["llm.response.model_name", "llm.response.model", "llm.model_name"],
    upstreamId: ["llm.response.id"],
    cost: ["llm.cost.total"],
    title: ["tool.name", "retriever.name"],
  },
  dimensions: { user: ["llm.user"], feature: ["agent.name"] },
  tags: [],
};
