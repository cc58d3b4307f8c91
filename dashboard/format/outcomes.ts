import type { InteractionRow } from "#contract";

/** Names of what came of an interaction; `not` before what was no success. Undefined where nobody said. */
export function sayOutcomes({ outcomes, failed_outcomes: failed }: InteractionRow): string | undefined {
  if (outcomes.length === 0) return undefined;
  return outcomes.map((name) => (failed.includes(name) ? `not ${name}` : name)).join(", ");
}
