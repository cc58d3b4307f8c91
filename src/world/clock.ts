import { type Id, type Instant } from "#units";

export interface Timer {
  cancel(): void;
}

/** Time. Nothing else in the program may ask what time it is or wait. */
export interface Clock {
  now(): Instant;
  /** Milliseconds from a fixed point, with fractions; never goes back. */
  monotonicMs(): number;
  /** Runs once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs once when everything that has come in by now has been seen: at the end of this turn of the event loop. */
  afterTurn(run: () => void): void;
  /** Runs again and again, `periodMs` after the run before has ended; errors end the process. */
  every(periodMs: number, run: () => void | Promise<void>): Timer;
  /** 0 lets everything in that waits now, and goes on. */
  sleep(delayMs: number): Promise<void>;
}

/** Randomness fit for ids and secrets. */
export interface Chance {
  /** Lower-case hex, `bytes` × 2 digits. */
  hex(bytes: number): string;
  /** Sorts after all that were made here before, unless the clock was set back. */
  id<Kind extends string>(kind: Kind): Id<Kind>;
  /** At least 0, below 1. */
  fraction(): number;
}
