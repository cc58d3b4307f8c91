/** How seals of one provider's reasoning travel through the fields of another format. */
import { type Seal } from "#inference";

/**
 * Base64, because Gemini's field is bytes and no other minds. Its first 16 characters are the same for every seal of ours, so that
 * they can be looked for.
 */
const MARK = "tare-seal/1 ";
const ENCODED_MARK = Buffer.from(MARK).toString("base64");
/** Its end, which begins with a letter that hardly any text has: a search for it stops a few times where one for a small letter stops often. */
const RARE_END = Buffer.from(ENCODED_MARK.slice(4));

// Signatures have some hundred bytes to some ten thousand; encrypted reasoning of a long turn about as much.
const SEAL_BYTES_MAX = 256 * 1024;

/** The text that stands in the client's field; undefined for a seal that is too long to be carried. */
export function wrapSeal({ maker, value }: Seal): string | undefined {
  if (value.length > SEAL_BYTES_MAX) return undefined;
  return Buffer.from(`${MARK}${maker}\n${value}`).toString("base64");
}

/** The seal in a client's field: one that we wrapped, or one that `own` made. */
export function unwrapSeal(text: string, own: string): Seal {
  if (!text.startsWith(ENCODED_MARK)) return { maker: own, value: text };
  const inner = Buffer.from(text, "base64").toString("utf8").slice(MARK.length);
  const line = inner.indexOf("\n");
  return line === -1 ? { maker: own, value: text } : { maker: inner.slice(0, line), value: inner.slice(line + 1) };
}

export function isWrappedSeal(text: unknown): boolean {
  return typeof text === "string" && text.startsWith(ENCODED_MARK);
}

/** A quick look at a whole body, before anything is parsed. */
export function mayHoldSeal(body: Buffer): boolean {
  return body.includes(RARE_END);
}
