import { type Instant } from "#units";
import { headerIn } from "./headers.ts";

const BACK_OFF_FIRST_MS = 500;
const BACK_OFF_MOST_MS = 8_000;
// Beside every 5xx: proxies in front of providers have numbers of their own there. 424 is Bedrock's: the model behind it has failed.
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 424, 425, 429]);

export function isPassing(status: number): boolean {
  return status >= 500 || PASSING_STATUSES.has(status);
}

/** The provider wants not to be asked again; it says nothing of others. */
export function forbidsRetry(headers: readonly string[]): boolean {
  return headerIn(headers, "x-should-retry") === "false";
}

/** How long the provider asks us to wait; undefined when it does not say, or not readably. */
export function askedDelayMs(headers: readonly string[], now: Instant): number | undefined {
  const milliseconds = headerIn(headers, "retry-after-ms");
  if (milliseconds !== undefined && /^\d{1,9}(\.\d+)?$/.test(milliseconds)) return Math.ceil(Number(milliseconds));
  const after = headerIn(headers, "retry-after");
  if (after === undefined) return undefined;
  if (/^\d{1,6}(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Full jitter: many clients that failed together do not come back together. `failures` counts from 1. */
export function backOffMs(failures: number, fraction: number): number {
  return Math.floor(fraction * Math.min(BACK_OFF_MOST_MS, BACK_OFF_FIRST_MS * 2 ** (failures - 1)));
}
