import { type StepKind, type UsageClass } from "#inference";
import { type Money } from "#units";

/** Whom costs are told by. */
export const views = ["feature", "team", "customer"] as const;
export type View = (typeof views)[number];

/** Cost is in nanos, usage in its class; `even` is 1 for whoever used anything. */
export type Measure =
  | { readonly type: "cost" | "tokens" | "requests" | "entries" | "even" }
  /** Months that were closed when groups of steps still counted as steps have no `ofGroups`, and are told anew as they were. */
  | { readonly type: "steps"; readonly kind: StepKind; readonly ofGroups?: "not" }
  | { readonly type: "usage"; readonly class: UsageClass };

/** A quantity that the ledger is asked for: of a period, or of its busiest hour. */
export interface Measured {
  readonly measure: Measure;
  readonly isPeak: boolean;
  /** What counts, by dimensions of the ledger. */
  readonly filter: Readonly<Record<string, readonly string[]>>;
  readonly to: View;
}

/** A cost from outside, of one period. */
export interface Bill {
  readonly id: string;
  /** Such as 2026-11. */
  readonly period: string;
  /** Negative for a credit. */
  readonly amount: Money;
  /** What rules may choose by: provider, service, category, tags. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Where money can lie: in a pool that is shared further, or at an end, as people see it: feature=support. */
export type Place =
  | { readonly type: "pool"; readonly name: string }
  | { readonly type: "end"; readonly dimension: string; readonly value: string };

/** By what something is shared. Quantities are read from outside; fixed shares stand in the rule. */
export type Driver =
  | ({ readonly type: "measured" } & Measured)
  | { readonly type: "fixed"; readonly shares: readonly { readonly to: Place; readonly parts: bigint }[] }
  | { readonly type: "even"; readonly to: readonly Place[] };

/** Takes bills, or what has come into a pool, and shares it. The first rule that fits a bill has it. */
export interface AllocationRule {
  readonly name: string;
  readonly of:
    | { readonly type: "bills"; readonly where: Readonly<Record<string, readonly string[]>> }
    | { readonly type: "pool"; readonly name: string };
  readonly by: Driver;
}

/** How what each of `from` carries is told by `to`. */
export interface CarryRule {
  readonly name: string;
  readonly from: View;
  readonly to: View;
  readonly measured: Measured;
}

export interface AllocationRules {
  readonly rules: readonly AllocationRule[];
  readonly carries: readonly CarryRule[];
}

/** Exact quantities of one period by place: tokens, seconds, nanos. Negative ones are a defect of the source. */
export type DriverSource = (
  rule: AllocationRule,
  period: string,
) => readonly { readonly to: Place; readonly quantity: bigint }[];

/** The same place has the same key, whichever rule names it. */
export function placeKey(place: Place): string {
  return place.type === "pool" ? `pool ${place.name}` : `${place.dimension}=${place.value}`;
}
