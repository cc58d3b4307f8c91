/** Seals of this format: an item of encrypted reasoning, which goes back under the id that it came with. */
import { type Seal } from "#inference";
import { isWrappedSeal, unwrapSeal, wrapSeal } from "../seal.ts";
import { isObject } from "../usage-counts.ts";

const MAKER = "openai-responses";

export function sealOfItem(id: string | undefined, encrypted: string): Seal {
  if (isWrappedSeal(encrypted)) return unwrapSeal(encrypted, MAKER);
  return { maker: MAKER, value: JSON.stringify({ id, encrypted_content: encrypted }) };
}

/** The id and the encrypted reasoning that OpenAI made; undefined for the seals of others. */
export function ownItem(
  seal: Seal | undefined,
): { readonly id: string; readonly encrypted_content: string } | undefined {
  if (seal?.maker !== MAKER) return undefined;
  try {
    const value: unknown = JSON.parse(seal.value);
    if (!isObject(value) || typeof value["encrypted_content"] !== "string") return undefined;
    return { id: typeof value["id"] === "string" ? value["id"] : "", encrypted_content: value["encrypted_content"] };
  } catch {
    return undefined;
  }
}

/** What stands in an item that is shown to a client. */
export function encryptedOf(seal: Seal | undefined): string | undefined {
  return ownItem(seal)?.encrypted_content ?? (seal && wrapSeal(seal));
}
