/** Whether the times of steps can be set beside each other: each machine that tells of some has a clock of its own. */
import type { StepRow } from "#contract";
import { formatDuration } from "./quantity.ts";

/** Machines that set their clocks by the network differ by less. */
const DIFFERENCE_MS_MIN = 1000;

/** In words, where a step is said to have begun well before the one that it is part of; else nothing. */
export function sayClocks(steps: readonly Pick<StepRow, "id" | "parent" | "at">[]): string {
  const starts = new Map(steps.map(({ id, at }) => [id, Date.parse(at)]));
  const most = steps.reduce((longest, { parent, at }) => {
    const start = parent === undefined ? undefined : starts.get(parent);
    return start === undefined ? longest : Math.max(longest, start - Date.parse(at));
  }, 0);
  if (most < DIFFERENCE_MS_MIN) return "";
  return `; clocks differ: a step is said to begin ${formatDuration(most)} before what it is part of`;
}
