import { type Dialect } from "../dialect.ts";

/** OpenLLMetry of Traceloop, beside the early GenAI names that it shares. */
export const traceloop: Dialect = {
  name: "traceloop",
  kinds: [
    {
      key: "llm.request.type",
      kinds: { chat: "model", completion: "model", embedding: "embedding", rerank: "rerank" },
    },
    { key: "traceloop.span.kind", kinds: { workflow: "group", task: "group", agent: "group", tool: "tool" } },
  ],
  counts: {
    input: ["llm.usage.prompt_tokens"],
    output: ["llm.usage.completion_tokens"],
    total: ["llm.usage.total_tokens"],
    cacheRead: ["llm.usage.cache_read_input_tokens"],
    cacheWrite: ["llm.usage.cache_creation_input_tokens"],
    reasoning: ["llm.usage.reasoning_tokens"],
  },
  facts: {
    operation: ["llm.request.type", "traceloop.span.kind"],
    provider: ["llm.vendor"],
    title: ["traceloop.entity.name"],
  },
  dimensions: {
    feature: ["traceloop.workflow.name"],
    user: ["traceloop.association.properties.user_id"],
    session: ["traceloop.association.properties.session_id"],
    customer: ["traceloop.association.properties.customer_id"],
  },
  tags: [],
};
