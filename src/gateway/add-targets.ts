import { type TargetReport } from "#routing";

// What most threads still send to may be all right; whoever looks wants to see that one does not.
const worstFirst = ["ejected", "cooling", "full", "healthy"] as const;

/** What all threads say of each target: counts are summed, of states the worst and of latencies the longest is shown. */
export function addTargets(all: readonly (readonly TargetReport[])[]): readonly TargetReport[] {
  const added = new Map<string, TargetReport>();
  for (const report of all.flat()) {
    const name = `${report.provider}/${report.model}`;
    const known = added.get(name);
    added.set(name, known === undefined ? report : addTarget(known, report));
  }
  return [...added.values()];
}

function addTarget(one: TargetReport, other: TargetReport): TargetReport {
  return {
    ...one,
    availability: worstFirst.find((state) => state === one.availability || state === other.availability) ?? "healthy",
    running: one.running + other.running,
    attempts: one.attempts + other.attempts,
    failures: one.failures + other.failures,
    limited: one.limited + other.limited,
    p50Ms: longest(one.p50Ms, other.p50Ms),
    p95Ms: longest(one.p95Ms, other.p95Ms),
    cacheShare: one.cacheShare ?? other.cacheShare,
  };
}

function longest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
