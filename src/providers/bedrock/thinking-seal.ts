/** Seals of this format: the signature over a reasoning text, or reasoning that is encrypted whole, told apart by a letter. */
import { type Seal } from "#inference";
import { sealOfSignature as sealOfClaude } from "../anthropic/thinking-seal.ts";
import { type JsonObject } from "../usage-counts.ts";
import { familyOf } from "./model-family.ts";

const MAKER = "bedrock";
const SIGNATURE = "s";
const ENCRYPTED = "d";

/** What Claude signed here it takes at Anthropic's own address too, and the other way round, so those seals are Anthropic's. */
export function sealOfSignature(signature: string, model: string): Seal | undefined {
  if (familyOf(model) === "claude") return sealOfClaude(signature);
  return signature === "" ? undefined : { maker: MAKER, value: SIGNATURE + signature };
}

export function sealOfEncrypted(base64: string): Seal {
  return { maker: MAKER, value: ENCRYPTED + base64 };
}

/** The block that a model here made, or takes as its own; undefined for the thinking of others. */
export function ownBlock(text: string, seal: Seal | undefined, model: string): JsonObject | undefined {
  if (seal === undefined) return undefined;
  const rest = seal.value.slice(1);
  if (seal.maker === MAKER && seal.value.startsWith(ENCRYPTED)) return { reasoningContent: { redactedContent: rest } };
  const isClaudes = seal.maker === "anthropic" && familyOf(model) === "claude";
  if (!seal.value.startsWith(SIGNATURE) || (seal.maker !== MAKER && !isClaudes)) return undefined;
  return { reasoningContent: { reasoningText: { text, signature: rest } } };
}
