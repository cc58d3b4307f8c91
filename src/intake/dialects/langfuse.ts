import { type Dialect } from "../dialect.ts";

/** Attributes of Langfuse's SDKs. Its usage is an object of parts that do not overlap; see `partsOfLangfuse`. */
export const langfuse: Dialect = {
  name: "langfuse",
  kinds: [
    {
      key: "langfuse.observation.type",
      kinds: {
        generation: "model",
        embedding: "embedding",
        retriever: "retrieval",
        tool: "tool",
        guardrail: "guard",
        evaluator: "judge",
        agent: "group",
        chain: "group",
        span: "group",
        event: "nothing",
      },
    },
    {
      key: "langsmith.span.kind",
      kinds: {
        llm: "model",
        embedding: "embedding",
        retriever: "retrieval",
        tool: "tool",
        chain: "group",
        prompt: "group",
        parser: "group",
      },
    },
  ],
  counts: {},
  facts: {
    operation: ["langfuse.observation.type"],
    requestedModel: ["langfuse.observation.model.name"],
    servedModel: ["langfuse.observation.model.name"],
  },
  dimensions: {
    feature: ["langfuse.trace.name"],
    user: ["langfuse.user.id"],
    session: ["langfuse.session.id"],
    environment: ["langfuse.environment"],
  },
  tags: [],
};
