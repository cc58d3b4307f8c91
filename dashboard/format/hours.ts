import { group } from "./money.ts";
import { formatDuration } from "./quantity.ts";

export const HOUR_MS = 3_600_000;
const TENTH_MS = HOUR_MS / 10;

/** `1,412.5 h`, cut and not rounded up; under an hour as a duration. */
export function formatHours(ms: number): string {
  if (ms > 0 && ms < HOUR_MS) return formatDuration(ms);
  return `${group(Math.floor(ms / HOUR_MS))}.${Math.floor((ms % HOUR_MS) / TENTH_MS)} h`;
}
