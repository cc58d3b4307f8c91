import { CONTEXT_LENGTH_EXCEEDED } from "#inference";

/**
 * What those say who have not OpenAI's code for it. A message that quotes a client's own words in this sense only sends a call on
 * to its next target.
 */
const WORDS: readonly RegExp[] = [
  // `context` of OpenAI, vLLM, Mistral, DeepSeek and OpenRouter, `model` of vLLM, `prompt` of xAI.
  /maximum (?:context|model|prompt) length/i,
  // OpenAI's responses, llama.cpp.
  /exceeds? the (?:model'?s )?(?:available )?context (?:window|length|size|limit)/i,
  /reduce the length of the (?:messages|prompt|input)/i,
  // Anthropic, the second with its `max_tokens`.
  /prompt is too long/i,
  /exceed context limit/i,
  // Gemini, and Vertex before it.
  /input token count .{0,40}exceeds the maximum number of tokens/i,
  /input token count is .{0,40}model only supports up to/i,
  // Bedrock.
  /input is too long for (?:the )?requested model/i,
  /too many input tokens/i,
  // Text Generation Inference.
  /`inputs` (?:tokens )?.{0,30}must (?:be <=|have less than) \d+/i,
];

/** A provider refuses a call for more tokens than its model takes: another model may take it. */
export function exceedsContext(code: string | undefined, message: string | undefined): boolean {
  if (code === CONTEXT_LENGTH_EXCEEDED) return true;
  return message !== undefined && WORDS.some((words) => words.test(message));
}
