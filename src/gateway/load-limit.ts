import { type Limits } from "./limits.ts";

/**
 * When a thread takes no more calls. Whoever is told so at once may go elsewhere or come again; whoever waits in a queue
 * that only grows has left when its turn comes, and all work on it is lost.
 */
export type Overload = "calls" | "lag" | "heap";

type LoadLimits = Pick<Limits, "callsMax" | "lagMsMax">;

// Envoy's overload manager refuses requests at 95 % of the heap.
const HEAP_SHARE_MAX = 0.95;
/** Of each new measure: one pause of the collector is no overload, a loop that lags for a tenth of a second is. */
const LAG_WEIGHT = 0.3;
/** Fewer calls, of about 0.2 ms each, cannot hold the loop up for long: then others take the processor, and refusing helps nobody. */
const LAG_CALLS_MIN = 256;

/** The lag is measured so often. */
export const LAG_EVERY_MS = 20;
/** And so often while no call runs: waking up fifty times a second for nothing took a hundredth of a core. */
export const LAG_IDLE_MS = 100;

/**
 * By three measures, none of which a call waits for: running calls, how late a timer fires, and the heap. While the loop
 * lags only a part of the calls is refused, the more the later it is: refusing all of them would empty the thread, let all
 * in again, and so on.
 */
export class LoadLimit {
  readonly #limits: LoadLimits;
  readonly #fraction: () => number;
  #lagMs = 0;
  #heapShare = 0;
  #dueMs: number | undefined;

  constructor(limits: LoadLimits, fraction: () => number) {
    this.#limits = limits;
    this.#fraction = fraction;
  }

  /** To be called by a timer, `nextMs` after the time before; what it is late by is the lag. */
  measured(nowMs: number, heapShare: number, nextMs = LAG_EVERY_MS): void {
    const lateMs = this.#dueMs === undefined ? 0 : Math.max(0, nowMs - this.#dueMs);
    this.#lagMs += LAG_WEIGHT * (lateMs - this.#lagMs);
    this.#heapShare = heapShare;
    this.#dueMs = nowMs + nextMs;
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** Why one more call may not be taken now; undefined when it may. */
  refuses(callsRunning: number): Overload | undefined {
    const { callsMax, lagMsMax } = this.#limits;
    if (callsRunning > callsMax) return "calls";
    if (this.#heapShare > HEAP_SHARE_MAX) return "heap";
    if (this.#lagMs <= lagMsMax || callsRunning < LAG_CALLS_MIN) return undefined;
    return this.#fraction() < 1 - lagMsMax / this.#lagMs ? "lag" : undefined;
  }
}
