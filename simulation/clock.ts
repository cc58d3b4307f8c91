/** Simulated time, and the clock of each process in it: one that stands still runs no timer, and one that died never will. */
import { type Instant, instant } from "#units";
import { type Clock } from "#world";

interface Process {
  isAlive(): boolean;
  mayRun(): boolean;
}

interface Waiting {
  readonly at: number;
  readonly process: Process;
  readonly run: () => void;
}

const ALWAYS: Process = { isAlive: () => true, mayRun: () => true };

export class SimulatedClock {
  #now: number;
  #timers = new Set<Waiting>();
  #turn: Omit<Waiting, "at">[] = [];

  constructor(start: Instant) {
    this.#now = start;
  }

  /** Time passes at once, however much; then what is due runs, each timer once. */
  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (!timer.process.isAlive()) this.#timers.delete(timer);
      if (timer.at > this.#now || !timer.process.isAlive() || !timer.process.mayRun()) continue;
      this.#timers.delete(timer);
      timer.run();
    }
  }

  /** What was put off to the end of the turn of an event loop, until nothing more comes of it. */
  endTurn(): void {
    while (this.#turn.length > 0) {
      const turn = this.#turn;
      this.#turn = [];
      for (const { process, run } of turn) if (process.isAlive()) run();
    }
  }

  of(process: Process = ALWAYS): Clock {
    const after = (delayMs: number, run: () => void) => {
      const timer = { at: this.#now + delayMs, process, run };
      this.#timers.add(timer);
      return { cancel: () => void this.#timers.delete(timer) };
    };
    return {
      now: () => instant(this.#now),
      monotonicMs: () => this.#now,
      after,
      afterTurn: (run) => void this.#turn.push({ process, run }),
      every(periodMs, run) {
        let timer = after(periodMs, turn);
        function turn(): void {
          void run();
          timer = after(periodMs, turn);
        }
        return { cancel: () => timer.cancel() };
      },
      sleep: (delayMs) => new Promise((resolve) => void after(delayMs, () => resolve())),
    };
  }
}
