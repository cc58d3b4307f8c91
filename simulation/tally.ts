import { type Refusal } from "#budget";

/** How often each thing happened: a run without crashes proves nothing about crashes. */
const counted = [
  "admitted",
  "waited",
  "clamped",
  "degraded",
  "refused",
  "rateLimited",
  "incomplete",
  "unreachable",
  "full",
  "settled",
  "unwritten",
  "released",
  "overruns",
  "corrections",
  "residuals",
  "crashes",
  "leaves",
  "authorityCrashes",
  "reclaimed",
  "pauses",
  "limitChanges",
  "recalls",
  "thresholds",
  "lost",
  "repeated",
  "probes",
  "answersRead",
  "embedded",
  "restoredByCheckpoint",
  "onDuckDb",
  "passes",
  "passesCut",
  "commitsFailed",
  "officeCrashes",
] as const;

export type Tally = Record<(typeof counted)[number], number>;

export function emptyTally(): Tally {
  const tally: Partial<Tally> = {};
  for (const name of counted) tally[name] = 0;
  return tally as Tally;
}

export function addTallies(left: Tally, right: Tally): Tally {
  const sums = emptyTally();
  for (const name of counted) sums[name] = left[name] + right[name];
  return sums;
}

export function countRefusal(tally: Tally, refusal: Refusal): void {
  tally.refused += 1;
  if (refusal.code === "budget_table_full") tally.full += 1;
  if (refusal.code === "budget_unreachable") tally.unreachable += 1;
  if (refusal.code === "rate_limited") tally.rateLimited += 1;
  if ("isComplete" in refusal && !refusal.isComplete) tally.incomplete += 1;
}
