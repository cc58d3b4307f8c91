import { type Frame } from "../answer-generation.ts";
import { type Choice, type Generation, type Made, madeAfter } from "../generation.ts";
import { type JsonObject, parseJson } from "../json.ts";

/** How a stream is framed. */
export type Framing = "sse" | "array";

const PIECES_PER_CHUNK = 12;
const finishReasons = { stop: "STOP", length: "MAX_TOKENS", tool: "STOP" } as const;

/** Thoughts stand beside the candidates, cached content is part of the prompt. Counts that are zero are left out. */
export function usageMetadata({ inputTokens, input, tier }: Generation, made: Made): JsonObject {
  return {
    promptTokenCount: inputTokens,
    ...(made.visible > 0 && { candidatesTokenCount: made.visible }),
    totalTokenCount: inputTokens + made.visible + made.reasoning,
    ...(input.cacheRead > 0 && { cachedContentTokenCount: input.cacheRead }),
    promptTokensDetails: ofText(inputTokens),
    ...(input.cacheRead > 0 && { cacheTokensDetails: ofText(input.cacheRead) }),
    ...(made.reasoning > 0 && { thoughtsTokenCount: made.reasoning }),
    ...(tier !== undefined && { trafficType: tier }),
  };
}

function ofText(tokenCount: number): readonly JsonObject[] {
  return [{ modality: "TEXT", tokenCount }];
}

export function encodeContent(generation: Generation): string {
  const candidates = generation.choices.map((choice, index) =>
    toCandidate({ parts: [toPart(choice, choice.pieces)], index, finish: choice.finish }),
  );
  return JSON.stringify(toChunk(generation, { candidates, tokens: generation.outputTokens }), undefined, 2);
}

/** Every chunk says the usage so far; what the last one says is billed. */
export function* encodeContentChunks(generation: Generation, framing: Framing): Generator<Frame, void> {
  let isFirst = true;
  const frame = (chunk: JsonObject): string => {
    if (framing === "sse") return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
    const opening = isFirst ? "[" : ",\r\n";
    isFirst = false;
    return opening + JSON.stringify(chunk, undefined, 2);
  };
  const closing = framing === "sse" ? "" : "\n]";
  let tokens = generation.reasoningTokens;
  const last = generation.choices.length - 1;
  for (const [index, choice] of generation.choices.entries()) {
    for (const { pieces, isEnd } of toGroups(choice)) {
      tokens += pieces.length;
      const parts = [toPart(choice, pieces)];
      const candidates = [toCandidate({ parts, index, finish: isEnd ? choice.finish : undefined })];
      const isAll = isEnd && index === last;
      const text = frame(toChunk(generation, { candidates, tokens })) + (isAll ? closing : "");
      yield { text, tokens, reports: isAll ? "final" : "partial" };
    }
  }
}

/** Arguments of a tool come in one piece, text comes in several. */
function toGroups(choice: Choice): readonly { pieces: readonly string[]; isEnd: boolean }[] {
  const size = choice.tool === undefined ? PIECES_PER_CHUNK : Math.max(1, choice.pieces.length);
  const groups: { pieces: readonly string[]; isEnd: boolean }[] = [];
  for (let from = 0; from === 0 || from < choice.pieces.length; from += size) {
    const isEnd = from + size >= choice.pieces.length;
    groups.push({ pieces: choice.pieces.slice(from, from + size), isEnd });
  }
  return groups;
}

function toChunk(generation: Generation, at: { candidates: readonly JsonObject[]; tokens: number }): JsonObject {
  return {
    candidates: at.candidates,
    usageMetadata: usageMetadata(generation, madeAfter(generation, at.tokens)),
    modelVersion: generation.model,
    responseId: generation.id,
  };
}

function toCandidate(candidate: {
  parts: readonly JsonObject[];
  index: number;
  finish: Choice["finish"] | undefined;
}): JsonObject {
  const { parts, index, finish } = candidate;
  return {
    content: { parts, role: "model" },
    ...(finish !== undefined && { finishReason: finishReasons[finish] }),
    index,
  };
}

function toPart({ tool }: Choice, pieces: readonly string[]): JsonObject {
  const text = pieces.join("");
  if (tool === undefined) return { text };
  return { functionCall: { id: tool.id, name: tool.name, args: parseJson(text) ?? {} } };
}
