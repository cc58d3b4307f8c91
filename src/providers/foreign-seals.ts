import { isOpaqueNumber, parseExact } from "./exact-json.ts";
import { isWrappedSeal } from "./seal.ts";
import { isObject, type JsonObject } from "./usage-counts.ts";

/**
 * A client gives back what an answer held, also the seals of a provider that spoke another format. To a provider of the client's
 * own format they are broken signatures, so they are taken out: blocks that are nothing but a seal go, others lose it.
 */
export function withoutForeignSeals(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify(cleaned(parseExact(body.toString()))));
}

/** Fields whose object means nothing without them. Gemini's signature stands on parts that do. */
const SEALS = ["signature", "data", "encrypted_content"];
const SIGNATURE = "thoughtSignature";

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => (isSeal(one) ? [] : [cleaned(one)]));
  if (!isObject(value) || isOpaqueNumber(value)) return value;
  const kept = Object.entries(value).filter(([name, one]) => name !== SIGNATURE || !isWrappedSeal(one));
  return Object.fromEntries(kept.map(([name, one]) => [name, cleaned(one)]));
}

function isSeal(value: unknown): boolean {
  if (!isObject(value)) return false;
  return SEALS.some((name) => isWrappedSeal(value[name])) || isForeignThought(value);
}

function isForeignThought(value: JsonObject): boolean {
  return value["thought"] === true && isWrappedSeal(value[SIGNATURE]);
}
