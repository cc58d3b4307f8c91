import { type PriceBook } from "#pricing";
import { type Instant } from "#units";
import { type Target } from "./route.ts";
import { type TargetHealth } from "./target-health.ts";

export interface ExpectedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

// Without any answer seen yet: a middling chat answer. It is the same for all targets, so it shifts their order little.
const OUTPUT_TOKENS_UNSEEN = 300;

/**
 * What a call is likely to cost at a target, in nanos: its tokens at the target's rates, input as far as the target's
 * observed prompt cache hits go at the rate of reads. An expectation to choose by; undefined where nothing prices it.
 */
export function expectedCost(
  { provider, model }: Target,
  { inputTokens, outputTokens }: ExpectedUsage,
  seen: { readonly health: TargetHealth; readonly prices: PriceBook; readonly at: Instant },
): number | undefined {
  const cacheRead = Math.floor(inputTokens * (seen.health.cacheShare.value ?? 0));
  const tokens = { input_uncached: inputTokens - cacheRead, cache_read: cacheRead, output_text: outputTokens };
  return seen.prices.expect({ provider: provider.name, model, at: seen.at, region: provider.region }, tokens);
}

/** How long answers of this call's targets have been of late, within what the call allows. */
export function expectedOutput(all: readonly TargetHealth[], outputTokensMax: number | undefined): number {
  let sum = 0;
  let seen = 0;
  for (const { outputTokens } of all) {
    if (outputTokens.value === undefined) continue;
    sum += outputTokens.value;
    seen += 1;
  }
  const expected = seen === 0 ? OUTPUT_TOKENS_UNSEEN : Math.round(sum / seen);
  return Math.min(expected, outputTokensMax ?? Infinity);
}
