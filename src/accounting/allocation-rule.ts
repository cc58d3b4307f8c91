import { type Money } from "#units";

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
  | { readonly type: "measured"; readonly quantity: string }
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

/** Exact quantities of one period by place: tokens, seconds, nanos. Negative ones are a defect of the source. */
export type DriverSource = (
  quantity: string,
  period: string,
) => readonly { readonly to: Place; readonly quantity: bigint }[];

/** The same place has the same key, whichever rule names it. */
export function placeKey(place: Place): string {
  return place.type === "pool" ? `pool ${place.name}` : `${place.dimension}=${place.value}`;
}
