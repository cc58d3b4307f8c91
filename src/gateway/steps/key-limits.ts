import { type KeyRecord } from "#access";
import { estimateUsage } from "#pricing";
import { type Ask } from "#providers";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { isInteractionNamed } from "./attribute.ts";

/** What a key demands of its calls beyond the models it may use. Its limit on output is a cap, written into the request. */
export function checkKeyLimits(
  call: Call,
  { key, ask }: { readonly key: KeyRecord; readonly ask: Ask },
): Result<void, Refusal> {
  if (key.requireInteraction === true && !isInteractionNamed(call)) return err({ code: "missing_interaction" });
  const limit = key.maxContextTokens;
  if (limit === undefined) return ok(undefined);
  const tokens = estimateUsage(ask.facts, unanswered).usage.input_uncached ?? 0;
  return tokens > limit ? err({ code: "context_too_large", facts: { limit, tokens } }) : ok(undefined);
}

const unanswered = {
  end: "cut",
  usage: undefined,
  contentBytes: 0,
  reported: undefined,
  model: undefined,
  tier: undefined,
  upstreamId: undefined,
  isStored: false,
  errorType: undefined,
} as const;
