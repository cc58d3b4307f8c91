import { plainEnd, QUOTE } from "./json-bytes.ts";

/** OpenAI's streams carry a random text in each frame, so that nobody learns from its length what stands in it. */
const OPENING = Buffer.from('"obfuscation":"');

/** Between the quotes. */
export interface Salt {
  readonly from: number;
  readonly to: number;
}

/**
 * The salt of a frame of JSON behind a place that is in no string. The bytes of its name and colon stand for nothing else: in a
 * string its quotes would be escaped. Undefined where there is none, or one with an escape.
 */
export function saltBehind(bytes: Buffer, at: number, end: number): Salt | undefined {
  const found = bytes.indexOf(OPENING, at);
  if (found === -1 || found >= end) return undefined;
  const from = found + OPENING.length;
  const to = plainEnd(bytes, from);
  return to < end && bytes[to] === QUOTE ? { from, to } : undefined;
}
