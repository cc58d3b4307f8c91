import { type Dialect } from "../dialect.ts";

/**
 * The GenAI conventions of OpenTelemetry in every generation: names of 2026 (`cache_write`), of 1.37 to 1.41, of 1.27 to 1.36
 * (`gen_ai.system`) and of the first drafts (`prompt_tokens`), with what instrumentations wrote in between.
 */
export const genAi: Dialect = {
  name: "gen_ai",
  kinds: [
    {
      key: "gen_ai.operation.name",
      kinds: {
        chat: "model",
        generate_content: "model",
        text_completion: "model",
        completion: "model",
        responses: "model",
        embeddings: "embedding",
        embedding: "embedding",
        rerank: "rerank",
        retrieval: "retrieval",
        search_memory: "retrieval",
        execute_tool: "tool",
        apply_guardrail: "guard",
        run_guardrail: "guard",
        evaluate: "judge",
        create_agent: "group",
        invoke_agent: "group",
        invoke_workflow: "group",
        plan: "group",
        chain: "group",
        fetch_response: "nothing",
      },
    },
    { key: "mcp.method.name", kinds: { "tools/call": "tool" } },
  ],
  counts: {
    input: ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"],
    output: ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"],
    total: ["gen_ai.usage.total_tokens"],
    cacheRead: [
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_read_input_tokens",
      "gen_ai.usage.cache_read_tokens",
      "gen_ai.usage.input_tokens.cached",
      "gen_ai.usage.input_cached_tokens",
      "gen_ai.usage.details.cache_read_tokens",
      "gen_ai.usage.details.cache_read_input_tokens",
    ],
    cacheWrite: [
      "gen_ai.usage.cache_write.input_tokens",
      "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.usage.cache_creation_input_tokens",
      "gen_ai.usage.cache_write_input_tokens",
      "gen_ai.usage.cache_write_tokens",
      "gen_ai.usage.details.cache_write_tokens",
      "gen_ai.usage.details.cache_creation_input_tokens",
    ],
    reasoning: [
      "gen_ai.usage.reasoning.output_tokens",
      "gen_ai.usage.reasoning_tokens",
      "gen_ai.usage.details.reasoning_tokens",
      "gen_ai.usage.details.thoughts_tokens",
    ],
    // Of Google's Agent Development Kit, whose output is Gemini's candidates alone.
    reasoningBeside: ["gen_ai.usage.experimental.reasoning_tokens"],
    audioIn: ["gen_ai.usage.audio.input_tokens", "gen_ai.usage.details.input_audio_tokens"],
    audioOut: ["gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.output_audio_tokens"],
  },
  facts: {
    operation: ["gen_ai.operation.name", "mcp.method.name"],
    provider: ["gen_ai.provider.name", "gen_ai.system"],
    requestedModel: ["gen_ai.request.model"],
    servedModel: ["gen_ai.response.model"],
    upstreamId: ["gen_ai.response.id"],
    tier: [
      "openai.response.service_tier",
      "gen_ai.openai.response.service_tier",
      "openai.request.service_tier",
      "gen_ai.openai.request.service_tier",
      "gen_ai.request.service_tier",
    ],
    cost: ["gen_ai.usage.cost.amount", "gen_ai.usage.cost", "operation.cost"],
    title: ["gen_ai.tool.name", "gen_ai.data_source.id"],
    error: ["error.type"],
  },
  dimensions: {
    feature: ["gen_ai.workflow.name", "gen_ai.agent.name"],
    user: ["user.id", "enduser.id", "gen_ai.user"],
    session: ["gen_ai.conversation.id", "session.id"],
    environment: ["deployment.environment.name", "deployment.environment"],
  },
  tags: [],
};
