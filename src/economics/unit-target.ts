/** How much one of something may cost on average, and whether that is kept. */
import { type Money, money } from "#units";
import { average } from "./average.ts";

export const targetUnits = ["interaction", "active_user", "outcome"] as const;

export interface UnitTarget {
  readonly name: string;
  /** Dimension to the values that may stand there: values are OR, dimensions AND. */
  readonly where: Readonly<Record<string, readonly string[]>>;
  readonly per: (typeof targetUnits)[number];
  /** Only outcomes of this name count; undefined for all. */
  readonly outcome: string | undefined;
  readonly limit: Money;
  /** The rolling window, which ends now. */
  readonly overMs: number;
  /** Nothing is judged below so many interactions, users or reported outcomes. */
  readonly countMin: number;
}

/** What was counted in the window of a target. */
interface CountedCosts {
  readonly gross: bigint;
  /** Entries whose cost is unknown; not in `gross`. */
  readonly unpriced: number;
  /** Interactions, users, or outcomes that were reported. */
  readonly counted: number;
  /** What the cost is divided by: the same, but of outcomes only those that succeeded. */
  readonly dividedBy: number;
}

interface TargetVerdict {
  readonly state: "kept" | "missed" | "unknown";
  /** Of one, rounded to a nano; undefined over nothing. */
  readonly cost: Money | undefined;
  /** Why it is unknown, or why there is no cost although it is missed. */
  readonly why: "nothing_counted" | "too_few" | "nothing_succeeded" | "unpriced" | undefined;
}

/** Compares products, not averages: nothing is rounded before it is judged. */
export function judgeTarget(
  { limit, countMin }: Pick<UnitTarget, "limit" | "countMin">,
  { gross, unpriced, counted, dividedBy }: CountedCosts,
): TargetVerdict {
  const cost = dividedBy === 0 ? undefined : money(average(gross, dividedBy));
  if (counted === 0) return { state: "unknown", cost, why: "nothing_counted" };
  if (counted < countMin) return { state: "unknown", cost, why: "too_few" };
  const why = dividedBy === 0 ? "nothing_succeeded" : undefined;
  if (gross > limit * BigInt(dividedBy)) return { state: "missed", cost, why };
  // What has no price can only make it dearer: it is missed already, or nobody can say.
  if (unpriced > 0) return { state: "unknown", cost, why: "unpriced" };
  return why === undefined ? { state: "kept", cost, why } : { state: "unknown", cost, why };
}
