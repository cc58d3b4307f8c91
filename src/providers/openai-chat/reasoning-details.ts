/**
 * Reasoning in chat messages. OpenAI has no field for it; OpenRouter's `reasoning_details` is the one that clients know to
 * give back, so ours has its shape.
 */
import { type Seal, type ThinkingPart } from "#inference";
import { unwrapSeal, wrapSeal } from "../seal.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

const MAKER = "openai-chat";

/** Details by what they say: reasoning of the turn, and seals that stand before the call whose id they name. */
export function readDetails(details: readonly unknown[]): {
  readonly thinking: readonly ThinkingPart[];
  readonly before: ReadonlyMap<string, readonly ThinkingPart[]>;
} {
  const thinking: ThinkingPart[] = [];
  const before = new Map<string, readonly ThinkingPart[]>();
  for (const detail of details.filter(isObject)) {
    const part = readDetail(detail);
    const { id } = detail;
    if (part.text === "" && part.seal?.maker !== MAKER && typeof id === "string" && id !== "") {
      before.set(id, [...(before.get(id) ?? []), part]);
    } else thinking.push(part);
  }
  return { thinking, before };
}

function readDetail(detail: JsonObject): ThinkingPart {
  const text = [detail["text"], detail["summary"]].find((one) => typeof one === "string") ?? "";
  const sealed = [detail["signature"], detail["data"]].find((one) => typeof one === "string");
  if (sealed === undefined) return { type: "thinking", text, seal: undefined };
  const seal = unwrapSeal(sealed, MAKER);
  // Of a detail that a provider made, all is given back, not the signature alone.
  return {
    type: "thinking",
    text,
    seal: seal.maker === MAKER ? { maker: MAKER, value: JSON.stringify(detail) } : seal,
  };
}

/** The detail for a seal; `call` is the id of the call that it stands before. */
export function writeDetail(text: string, seal: Seal | undefined, call: string | undefined): JsonObject | undefined {
  if (seal?.maker === MAKER) return ownDetail(seal);
  const wrapped = seal === undefined ? undefined : wrapSeal(seal);
  if (text !== "") return { type: "reasoning.text", text, ...(wrapped === undefined ? {} : { signature: wrapped }) };
  if (wrapped === undefined) return undefined;
  return { type: "reasoning.encrypted", data: wrapped, ...(call === undefined ? {} : { id: call }) };
}

/** A detail as its provider made it. */
export function ownDetail(seal: Seal): JsonObject | undefined {
  if (seal.maker !== MAKER) return undefined;
  try {
    const detail: unknown = JSON.parse(seal.value);
    return isObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}
