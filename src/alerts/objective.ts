/** A promise about calls, and how fast what it allows to miss is being used up. */

/** What makes a call, attempt or interaction good. */
export type Promised =
  | { readonly type: "answered" }
  | { readonly type: "within"; readonly measure: "duration_ms" | "first_content_ms"; readonly ms: number }
  | { readonly type: "costs"; readonly per: "call" | "interaction" | "outcome"; readonly nanos: bigint };

export interface Objective {
  readonly name: string;
  readonly of: { readonly dimension: "route" | "feature" | "provider"; readonly value: string };
  readonly promised: Promised;
  /** Parts in a million that may miss it: 1000 where 99.9 % is promised. */
  readonly missPpm: number;
  /** The rolling period of the promise. */
  readonly overMs: number;
}

export interface GoodCount {
  readonly total: number;
  readonly good: number;
}

const HOUR_MS = 3_600_000;

/** The windows that a burn rate is measured over, besides the whole period. */
export const burnWindows = {
  "5m": HOUR_MS / 12,
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "3d": 72 * HOUR_MS,
} as const;
export type BurnWindow = keyof typeof burnWindows;

export interface ObjectiveState {
  readonly total: number;
  readonly good: number;
  /** Share of what may miss in the period that has not missed yet; negative when the promise is broken. Undefined without a call. */
  readonly budgetLeft: number | undefined;
  /** How many times faster than just allowed; undefined where a window has no call. */
  readonly burn: Readonly<Record<BurnWindow, number | undefined>>;
  /**
   * fast: a fiftieth of the period's allowance goes in an hour, and still does; slow: a tenth goes in three days, and still
   * does. Undefined: neither.
   */
  readonly burning: "fast" | "slow" | undefined;
}

/** What an hour may use up of the period before somebody is woken: 2 %, and three days before somebody is told: 10 %. */
const FAST_SHARE = 0.02;
const SLOW_SHARE = 0.1;

/**
 * Burn rates over two pairs of windows: the long one says that it matters, the short one that it still goes on. Thresholds as
 * in chapter 5 of Google's SRE workbook, "Alerting on SLOs": for 30 days 14.4 over an hour and five minutes, and 1 over three
 * days and six hours; for other periods what uses up the same share. Never below 1, which a promise can take for ever.
 */
export function judgeObjective(
  { missPpm, overMs }: Pick<Objective, "missPpm" | "overMs">,
  counts: Readonly<Record<BurnWindow | "period", GoodCount>>,
): ObjectiveState {
  const burnOf = ({ total, good }: GoodCount) =>
    total === 0 ? undefined : ((total - good) * 1_000_000) / (total * missPpm);
  const burn = {
    "5m": burnOf(counts["5m"]),
    "1h": burnOf(counts["1h"]),
    "6h": burnOf(counts["6h"]),
    "3d": burnOf(counts["3d"]),
  };
  const fastest = Math.max(1, (FAST_SHARE * overMs) / burnWindows["1h"]);
  const slowest = Math.max(1, (SLOW_SHARE * overMs) / burnWindows["3d"]);
  const isOver = (windows: readonly BurnWindow[], threshold: number) =>
    windows.every((window) => (burn[window] ?? 0) >= threshold);
  const used = burnOf(counts.period);
  return {
    total: counts.period.total,
    good: counts.period.good,
    budgetLeft: used === undefined ? undefined : 1 - used,
    burn,
    burning: isOver(["1h", "5m"], fastest) ? "fast" : isOver(["3d", "6h"], slowest) ? "slow" : undefined,
  };
}
