import { type Component, type Cost, type PinnedPrices, type Usage } from "#inference";
import { type Instant, type Money } from "#units";
import { type AttemptDispatched, type Settlement } from "./call-event.ts";

/**
 * A change of mind about what an attempt costs: other rates, a discount, a corrected price row; or a provider's report of
 * what nobody had measured. What was measured stays as it is; the entry stays too, and this takes its money back and books
 * the other.
 */
export interface CostAdjusted {
  readonly type: "cost-adjusted";
  /** `booked_at`; the charge keeps the time at which it was incurred. */
  readonly at: Instant;
  /** 1 for the first adjustment of the attempt: one that is written twice counts once. */
  readonly number: number;
  /** The attempt as it was dispatched, so that the adjustment stands alone whatever segment it is in. */
  readonly dispatched: AttemptDispatched;
  readonly delivered: Settlement["delivered"];
  readonly servedModel: string | undefined;
  readonly tier: string | undefined;
  /** What stood, with all corrections and adjustments before this one. */
  readonly before: AdjustedCost;
  readonly after: AdjustedCost & { readonly prices: PinnedPrices | undefined };
  readonly reason: string;
}

export interface AdjustedCost {
  readonly cost: Cost;
  readonly components: readonly Component[];
  /** On both sides where quantities became known too: what a provider's report says of an attempt that was estimated or in doubt. */
  readonly usage?: Usage | undefined;
  /** What stays in doubt beside the cost; 0 where it is not said. */
  readonly residual?: Money | undefined;
}
