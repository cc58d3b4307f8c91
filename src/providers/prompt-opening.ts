import { type JsonFindings } from "./json-findings.ts";

/** Providers keep prompts from 1,024 tokens on, about 4 KiB: calls that differ before that share no cache anyway. */
const OPENING_BYTES = 4_096;

/**
 * How the prompt begins for the caches of providers, which go by tools, instructions and turns in this order, wherever each stands in
 * the body ("Prompt caching" at platform.claude.com and platform.openai.com). Undefined where the request has none of these.
 */
export function openingOf(body: Buffer, found: JsonFindings, slots: readonly number[]): Buffer | undefined {
  const pieces: Buffer[] = [];
  let left = OPENING_BYTES;
  for (const slot of slots) {
    if (left === 0 || found.kind(slot) === undefined) continue;
    const piece = body.subarray(found.start(slot), Math.min(found.end(slot), found.start(slot) + left));
    pieces.push(piece);
    left -= piece.length;
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces);
}
