/** The program of the thread that counts tokens: one body after the other, however long one takes. */
import { isMainThread, parentPort } from "node:worker_threads";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { type CountAnswer, type CountOrder } from "./count-order.ts";

const counters = { o200k_base: countO200k, cl100k_base: countCl100k } as const;
/** Clients write marks such as `<|endoftext|>` as text, and providers read them as text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

if (!isMainThread)
  parentPort?.on("message", ({ id, body, encoding }: CountOrder) => {
    const answer: CountAnswer = { id, tokens: countSaid(body, (text) => counters[encoding](text, AS_TEXT)) };
    parentPort?.postMessage(answer);
  });

/**
 * Every key and string by itself, as providers join them with marks of their own; of the rest each character is a token.
 * Read off the text and not off a parsed value, which would hide all but the last of several equal keys.
 */
function countSaid(body: Uint8Array, count: (text: string) => number): number | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  let tokens = 0;
  try {
    const rest = text.replaceAll(STRING, (written) => {
      const said: unknown = JSON.parse(written);
      tokens += typeof said === "string" ? count(said) : written.length;
      return "";
    });
    if (rest.includes('"')) return undefined;
    return tokens + rest.replaceAll(SYNTAX, "").length;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
const SYNTAX = /[\s{}[\]:,]/g;
