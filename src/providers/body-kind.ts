import { type AnswerOptions } from "./wire-format.ts";

const STREAM_TYPES = ["text/event-stream", "application/vnd.amazon.eventstream"];

/**
 * How the bytes of an answer are to be read. The provider's word counts; where it says nothing, what was asked for. AWS's
 * binary stream is given out as server-sent events by whoever reads it.
 */
export function bodyKind({ contentType, stream }: AnswerOptions): "sse" | "json" | "raw" {
  if (contentType === undefined) return stream ? "sse" : "json";
  if (contentType === "application/json") return "json";
  const type = contentType.toLowerCase();
  if (STREAM_TYPES.some((known) => type.startsWith(known))) return "sse";
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type) ? "json" : "raw";
}
