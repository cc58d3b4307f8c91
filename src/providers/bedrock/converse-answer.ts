/** For tests: an answer as Bedrock gives it, whole and as its binary stream. */
import { type Part, type Usage } from "#inference";
import { eventMessage } from "../../../e2e/corpus/event-message.ts";

export interface ConverseAnswer {
  readonly parts: readonly Part[];
  readonly usage?: Usage;
  readonly stopReason?: string;
  readonly stopSequence?: string;
}

export function converseAnswer(answer: ConverseAnswer): Buffer {
  const content = answer.parts.map((part) => ("toolUse" in blockOf(part) ? toolUse(part) : blockOf(part)));
  const body = {
    metrics: { latencyMs: 1 },
    output: { message: { role: "assistant", content } },
    ...endingOf(answer),
    usage: usageOf(answer.usage),
  };
  return Buffer.from(JSON.stringify(body));
}

export function converseStream(answer: ConverseAnswer): Buffer {
  const blocks = answer.parts.flatMap((part, contentBlockIndex) => [
    ...(part.type === "tool-call"
      ? [eventMessage("contentBlockStart", { contentBlockIndex, start: startOf(part.id, part.name) })]
      : []),
    ...deltasOf(part).map((delta) => eventMessage("contentBlockDelta", { contentBlockIndex, delta, p: "abc" })),
    eventMessage("contentBlockStop", { contentBlockIndex }),
  ]);
  return Buffer.concat([
    eventMessage("messageStart", { role: "assistant" }),
    ...blocks,
    eventMessage("messageStop", endingOf(answer)),
    eventMessage("metadata", { metrics: { latencyMs: 1 }, usage: usageOf(answer.usage) }),
  ]);
}

function endingOf({ parts, stopReason, stopSequence }: ConverseAnswer) {
  const hasCall = parts.some(({ type }) => type === "tool-call");
  const fields = stopSequence === undefined ? {} : { additionalModelResponseFields: { stop_sequence: stopSequence } };
  return { stopReason: stopReason ?? (hasCall ? "tool_use" : "end_turn"), ...fields };
}

function startOf(toolUseId: string, name: string) {
  return { toolUse: { toolUseId, name } };
}

function toolUse(part: Part) {
  if (part.type !== "tool-call") throw new Error(part.type);
  return { toolUse: { toolUseId: part.id, name: part.name, input: JSON.parse(part.input) as unknown } };
}

function blockOf(part: Part): object {
  if (part.type === "text") return { text: part.text };
  if (part.type === "tool-call") return { toolUse: {} };
  if (part.type !== "thinking") throw new Error(part.type);
  const value = part.seal?.value ?? "";
  if (value.startsWith("d")) return { reasoningContent: { redactedContent: value.slice(1) } };
  const signature = part.seal === undefined ? {} : { signature: value.slice(1) };
  return { reasoningContent: { reasoningText: { text: part.text, ...signature } } };
}

/** Texts in two pieces; a signature behind its text. */
function deltasOf(part: Part): readonly object[] {
  if (part.type === "text") return halves(part.text).map((text) => ({ text }));
  if (part.type === "tool-call") return halves(part.input).map((input) => ({ toolUse: { input } }));
  if (part.type !== "thinking") throw new Error(part.type);
  const value = part.seal?.value ?? "";
  if (value.startsWith("d")) return [{ reasoningContent: { redactedContent: value.slice(1) } }];
  const texts = halves(part.text).map((text) => ({ reasoningContent: { text } }));
  return part.seal === undefined ? texts : [...texts, { reasoningContent: { signature: value.slice(1) } }];
}

function halves(text: string): readonly string[] {
  const letters = Array.from(text);
  const middle = Math.ceil(letters.length / 2);
  return [letters.slice(0, middle).join(""), letters.slice(middle).join("")];
}

function usageOf({ input_uncached = 0, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0, ...rest }: Usage = {}) {
  const outputTokens = (rest.output_text ?? 0) + (rest.output_reasoning ?? 0);
  const cacheWriteInputTokens = cache_write_5m + cache_write_1h;
  return {
    inputTokens: input_uncached,
    outputTokens,
    totalTokens: input_uncached + cache_read + cacheWriteInputTokens + outputTokens,
    cacheReadInputTokens: cache_read,
    cacheWriteInputTokens,
    ...(cache_write_1h > 0 ? { cacheDetails: [{ ttl: "1h", inputTokens: cache_write_1h }] } : {}),
  };
}
