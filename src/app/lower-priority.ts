import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

const THREADS = "/proc/self/task";

/**
 * Puts all threads of this process behind those of others; new ones are as the thread that starts them. Linux has a priority
 * for each thread, and V8's four are there before any program is: with that of the first alone lowered, the collector of the
 * office, which takes both of two cores for some milliseconds, stood beside calls and not behind them.
 */
export function lowerPriority(priority: number): void {
  setPriority(priority);
  if (process.platform !== "linux") return;
  for (const thread of readdirSync(THREADS)) setPriority(Number(thread), priority);
}
