/** Seals of this format: the signature over a thinking block, or the data of a redacted one, told apart by a letter. */
import { type Seal } from "#inference";
import { isWrappedSeal, unwrapSeal, wrapSeal } from "../seal.ts";
import { type JsonObject } from "../usage-counts.ts";

const MAKER = "anthropic";
const SIGNATURE = "s";
const DATA = "d";

/** Thinking that was never signed has an empty signature in some clients. */
export function sealOfSignature(signature: string | undefined): Seal | undefined {
  if (signature === undefined || signature === "") return undefined;
  return isWrappedSeal(signature) ? unwrapSeal(signature, MAKER) : { maker: MAKER, value: SIGNATURE + signature };
}

export function sealOfData(data: string): Seal {
  return isWrappedSeal(data) ? unwrapSeal(data, MAKER) : { maker: MAKER, value: DATA + data };
}

/** The block that a provider of this format made; undefined for the thinking of others. */
export function ownBlock(text: string, seal: Seal | undefined): JsonObject | undefined {
  if (seal?.maker !== MAKER) return undefined;
  const rest = seal.value.slice(1);
  if (seal.value.startsWith(DATA)) return { type: "redacted_thinking", data: rest };
  return { type: "thinking", thinking: text, signature: rest };
}

/** What stands in the signature of a block that is shown to a client. */
export function signatureOf(seal: Seal | undefined): string {
  if (seal === undefined) return "";
  if (seal.maker === MAKER && seal.value.startsWith(SIGNATURE)) return seal.value.slice(1);
  return wrapSeal(seal) ?? "";
}
