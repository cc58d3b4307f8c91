/** What fails, what comes of it, and how long that lasts: rows of docs/failure-modes.md, told and asserted by one test. */
import { availableParallelism, loadavg } from "node:os";

export interface Fault {
  /** What fails, in words of an operator. */
  readonly name: string;
  /** What clients and people at pages see. */
  readonly users: string;
  /** What is lost: nothing, or exactly what. */
  readonly lost: string;
  /** What brings all back to as it was. */
  readonly recovery: string;
  /** The longest that this takes, such as `2 s`, once the cause is gone or somebody does what `recovery` says. */
  readonly within: string;
}

const units: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };
const LOOK_MS = 25;
const boundsMs = new Map<string, number>();

/** The title of the test that injects the fault. `npm run generate` reads the rest out of the test's text. */
export function fault({ name, within }: Fault): readonly [string] {
  const [, count = "", unit = ""] = /^(\d+) (s|min|h)$/.exec(within) ?? [];
  boundsMs.set(name, Number(count) * (units[unit] ?? Number.NaN));
  return [name];
}

/** Waits until all is as before, and fails when that takes longer than the fault's row says since its cause was gone. */
export async function recovers(
  name: string,
  isSo: () => boolean | Promise<boolean>,
  sinceMs: number = performance.now(),
): Promise<void> {
  for (;;) {
    const isOver = await isSo();
    recoveredAfter(name, (performance.now() - sinceMs) / busyness(), isOver ? "recovered" : "not yet");
    if (isOver) return;
    await new Promise((later) => void setTimeout(later, LOOK_MS));
  }
}

/** The same where the time is known, or that of a simulated clock. */
export function recoveredAfter(name: string, tookMs: number, state: "recovered" | "not yet" = "recovered"): void {
  const boundMs = boundsMs.get(name) ?? Number.NaN;
  if (!(tookMs <= boundMs)) throw new Error(`${name}: ${state} after ${Math.round(tookMs)} ms of ${boundMs} ms`);
}

/** A promise is for a machine that has nothing else to do: one with more to do than cores is given as much more time. */
export function busyness(): number {
  const [lastMinute = 0] = loadavg();
  return Math.max(1, lastMinute / availableParallelism());
}
