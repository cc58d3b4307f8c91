/** How often each thing happened: a run without crashes proves nothing about crashes. */
const counted = [
  "admitted",
  "waited",
  "refused",
  "incomplete",
  "unreachable",
  "full",
  "settled",
  "released",
  "overruns",
  "corrections",
  "crashes",
  "authorityCrashes",
  "reclaimed",
  "pauses",
  "limitChanges",
  "recalls",
  "thresholds",
  "lost",
  "repeated",
  "probes",
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
