import { type StandingEntry } from "#analytics";
import { type CostAdjusted } from "#events";
import { type Usage } from "#inference";
import { type Instant, money } from "#units";
import { type NewPrice, toAdjusted, usageOf } from "./adjust.ts";

/**
 * The adjustment that books what a provider's report has of an attempt that was estimated or in doubt, in place of the
 * estimate and of what stayed in doubt beside it. It is no estimate any more.
 */
export function adjustSettled(
  standing: StandingEntry,
  { usage, ...price }: NewPrice & { readonly usage: Usage },
  by: { readonly at: Instant; readonly reason: string },
): CostAdjusted {
  const event = toAdjusted(standing, price, by);
  const before = standing.usage === undefined ? {} : { usage: usageOf(standing) };
  return {
    ...event,
    before: { ...event.before, ...before, residual: standing.inDoubt },
    after: { ...event.after, usage, residual: money(0n) },
  };
}
