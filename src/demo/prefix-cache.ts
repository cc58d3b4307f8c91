import { hash } from "node:crypto";
import { CHARACTERS_PER_TOKEN, type Prompt } from "./prompt.ts";

/** Input tokens by what is paid for them; the parts do not overlap. */
export interface InputTokens {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

const TOKENS_PER_BLOCK = 128;
const CHARACTERS_PER_BLOCK = TOKENS_PER_BLOCK * CHARACTERS_PER_TOKEN;
const TOKENS_MIN = 1024;
const BLOCKS_MAX = 100_000;
const SHORT_MS = 5 * 60_000;
const LONG_MS = 60 * 60_000;

/** A provider's prompt cache: prefixes in blocks of 128 tokens, from 1,024 tokens on, forgotten after their time. */
export class PrefixCache {
  readonly #expiry = new Map<string, number>();

  /** Caches by itself, as OpenAI and Gemini do: what is read is discounted and writing costs nothing. */
  automatic(prompt: Prompt, at: { model: string; tokens: number; nowMs: number }): InputTokens {
    const blocks = at.tokens < TOKENS_MIN ? [] : chain(prompt.texts.join(""), at.model);
    const known = this.#readAndKeep(blocks, { nowMs: at.nowMs, keepMs: SHORT_MS });
    const cacheRead = Math.min(known * TOKENS_PER_BLOCK, at.tokens - 1);
    const counted = cacheRead >= TOKENS_MIN ? cacheRead : 0;
    return { uncached: at.tokens - counted, cacheRead: counted, cacheWrite5m: 0, cacheWrite1h: 0 };
  }

  /** Caches only up to the last mark, as Anthropic does: what is not read up to there is written, and writing costs. */
  marked(prompt: Prompt, at: { model: string; tokens: number; nowMs: number }): InputTokens {
    const mark = prompt.cacheMarks.at(-1);
    const text = mark === undefined ? "" : prompt.texts.slice(0, mark.text).join("");
    const isLongEnough = text.length >= TOKENS_MIN * CHARACTERS_PER_TOKEN;
    const blocks = mark === undefined || !isLongEnough ? [] : chain(text, at.model);
    const known = this.#readAndKeep(blocks, { nowMs: at.nowMs, keepMs: mark?.long === true ? LONG_MS : SHORT_MS });
    const cacheRead = known * TOKENS_PER_BLOCK;
    const written = (blocks.length - known) * TOKENS_PER_BLOCK;
    return {
      uncached: Math.max(0, at.tokens - cacheRead - written),
      cacheRead,
      cacheWrite5m: mark?.long === true ? 0 : written,
      cacheWrite1h: mark?.long === true ? written : 0,
    };
  }

  #readAndKeep(blocks: readonly string[], { nowMs, keepMs }: { nowMs: number; keepMs: number }): number {
    let known = 0;
    while (known < blocks.length && (this.#expiry.get(blocks[known] ?? "") ?? 0) > nowMs) known++;
    for (const block of blocks) {
      this.#expiry.delete(block);
      this.#expiry.set(block, nowMs + keepMs);
    }
    for (const oldest of this.#expiry.keys()) {
      if (this.#expiry.size <= BLOCKS_MAX) break;
      this.#expiry.delete(oldest);
    }
    return known;
  }
}

/** One digest for each whole block, each made of the one before it, so that equal digests mean equal prefixes. */
function chain(text: string, model: string): string[] {
  const digests: string[] = [];
  let before = model;
  for (let end = CHARACTERS_PER_BLOCK; end <= text.length; end += CHARACTERS_PER_BLOCK) {
    before = hash("sha1", before + text.slice(end - CHARACTERS_PER_BLOCK, end), "base64");
    digests.push(before);
  }
  return digests;
}
