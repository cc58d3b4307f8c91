/** What the soft thresholds of a budget ask of its calls now. */
import { type Budget } from "./budget-table.ts";

/** Past `clamp` one hold takes at most this part of what is left: many calls get a little, and none the rest. */
const CLAMP_SHARE = 10n;

export interface Pressure {
  readonly clampTo: bigint | undefined;
  readonly isDegrading: boolean;
}

const NONE: Pressure = { clampTo: undefined, isDegrading: false };

export function pressureOn(budget: Budget | undefined, used: bigint): Pressure {
  if (budget === undefined) return NONE;
  const { limit, thresholds } = budget.definition;
  const isReached = (action: "clamp" | "degrade") =>
    thresholds.some((each) => each.action === action && used * 100n >= limit * BigInt(each.percent));
  const left = (budget.limit ?? limit) - used;
  const clampTo = isReached("clamp") ? (left > 0n ? left / CLAMP_SHARE : 0n) : undefined;
  return { clampTo, isDegrading: isReached("degrade") };
}
