import { type Frame } from "../answer-generation.ts";
import { type Choice, type Generation, type Made, madeAfter } from "../generation.ts";
import { type JsonObject, parseJson } from "../json.ts";
import { type Random } from "../random.ts";

const PIECES_PER_DELTA = 2;
const REASONING_TOKENS_PER_DELTA = 24;
const stopReasons = { stop: "end_turn", length: "max_tokens", tool: "tool_use" } as const;

/** Input classes stand beside each other; reasoning is part of the output and not told apart. */
export function messageUsage({ input, tier }: Generation, made: Made): JsonObject {
  return {
    input_tokens: input.uncached,
    cache_creation_input_tokens: input.cacheWrite5m + input.cacheWrite1h,
    cache_read_input_tokens: input.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: input.cacheWrite5m, ephemeral_1h_input_tokens: input.cacheWrite1h },
    output_tokens: made.reasoning + made.visible,
    service_tier: tier,
    inference_geo: "not_available",
  };
}

export function encodeMessage(generation: Generation, random: Random): string {
  const [choice] = generation.choices;
  const content: JsonObject[] = [];
  if (generation.reasoningTokens > 0) content.push(thinkingBlock(generation.reasoningTokens, random));
  if (choice !== undefined) content.push(contentBlock(choice));
  return JSON.stringify({
    ...opening(generation),
    content,
    stop_reason: stopReasons[choice?.finish ?? "stop"],
    stop_sequence: null,
    usage: messageUsage(generation, madeAfter(generation, generation.outputTokens)),
  });
}

/** The first event says the input's usage, `message_delta` says all of it once more with the output's. */
export function* encodeMessageEvents(generation: Generation, random: Random): Generator<Frame, void> {
  const first = Math.min(1, generation.outputTokens);
  const early = messageUsage(generation, madeAfter(generation, first));
  const message = { ...opening(generation), content: [], stop_reason: null, stop_sequence: null, usage: early };
  yield { text: event("message_start", { message }), tokens: first, reports: "partial" };
  let tokens = generation.reasoningTokens;
  let index = 0;
  if (tokens > 0) {
    yield* encodeThinking({ tokens, first, random });
    index++;
  }
  const [choice] = generation.choices;
  if (choice !== undefined) {
    yield* encodeBlock(choice, { index, tokens });
    tokens += choice.pieces.length;
  }
  const delta = { stop_reason: stopReasons[choice?.finish ?? "stop"], stop_sequence: null };
  const usage = messageUsage(generation, madeAfter(generation, tokens));
  yield { text: event("message_delta", { delta, usage }), tokens, reports: "final" };
  yield { text: event("message_stop", {}), tokens };
}

function* encodeThinking(at: { tokens: number; first: number; random: Random }): Generator<Frame, void> {
  const block = { type: "thinking", thinking: "", signature: "" };
  yield { text: event("content_block_start", { index: 0, content_block: block }), tokens: at.first };
  for (let made = 0; made < at.tokens; made += REASONING_TOKENS_PER_DELTA) {
    const delta = { type: "thinking_delta", thinking: "weighing what was asked " };
    const tokens = Math.min(at.tokens, Math.max(at.first, made + REASONING_TOKENS_PER_DELTA));
    yield { text: event("content_block_delta", { index: 0, delta }), tokens };
  }
  const delta = { type: "signature_delta", signature: signature(at.random) };
  yield { text: event("content_block_delta", { index: 0, delta }), tokens: at.tokens };
  yield { text: event("content_block_stop", { index: 0 }), tokens: at.tokens };
}

function* encodeBlock(choice: Choice, at: { index: number; tokens: number }): Generator<Frame, void> {
  const { index } = at;
  let { tokens } = at;
  const { tool } = choice;
  const opened =
    tool === undefined ? { type: "text", text: "" } : { type: "tool_use", id: tool.id, name: tool.name, input: {} };
  yield { text: event("content_block_start", { index, content_block: opened }), tokens };
  yield { text: event("ping", {}), tokens };
  for (let from = 0; from < choice.pieces.length; from += PIECES_PER_DELTA) {
    const pieces = choice.pieces.slice(from, from + PIECES_PER_DELTA);
    const text = pieces.join("");
    const delta = tool === undefined ? { type: "text_delta", text } : { type: "input_json_delta", partial_json: text };
    tokens += pieces.length;
    yield { text: event("content_block_delta", { index, delta }), tokens };
  }
  yield { text: event("content_block_stop", { index }), tokens };
}

function opening(generation: Generation): JsonObject {
  return { id: generation.id, type: "message", role: "assistant", model: generation.model };
}

function thinkingBlock(tokens: number, random: Random): JsonObject {
  const deltas = Math.ceil(tokens / REASONING_TOKENS_PER_DELTA);
  return { type: "thinking", thinking: "weighing what was asked ".repeat(deltas), signature: signature(random) };
}

function contentBlock({ tool, pieces }: Choice): JsonObject {
  const text = pieces.join("");
  // Arguments that the output cap has cut are no JSON any more; the real service then gives an empty input too.
  if (tool !== undefined) return { type: "tool_use", id: tool.id, name: tool.name, input: parseJson(text) ?? {} };
  return { type: "text", text };
}

function signature(random: Random): string {
  return `Er${random.base62(118)}==`;
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
