import { type AnswerOptions } from "./wire-format.ts";

/** How the bytes of an answer are to be read. The provider's word counts; where it says nothing, what was asked for. */
export function bodyKind({ contentType, stream }: AnswerOptions): "sse" | "json" | "raw" {
  if (contentType === undefined) return stream ? "sse" : "json";
  const type = contentType.toLowerCase();
  if (type.startsWith("text/event-stream")) return "sse";
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type) ? "json" : "raw";
}
