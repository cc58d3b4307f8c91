import { type Instant, instant } from "#units";
import { type Clock } from "#world";

const WINDOW_MS = 60_000;
const FAILURES_MAX = 20;
const ADDRESSES_MAX = 10_000;

/**
 * Counts wrong credentials by address. Right ones always pass, so that nobody can lock others out behind one proxy; that
 * nothing can be guessed is the work of 256 random bits, this only keeps the noise down.
 */
export class FailureLimit {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { readonly until: Instant; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes one failure; true when the address has had too many within a minute. */
  note(address: string): boolean {
    const now = this.#clock.now();
    const found = this.#failures.get(address);
    if (found !== undefined && now < found.until) {
      found.count += 1;
      return found.count > FAILURES_MAX;
    }
    // A flood from very many addresses starts the count again: memory is bounded, patience is not.
    if (this.#failures.size >= ADDRESSES_MAX) this.#failures.clear();
    this.#failures.set(address, { until: instant(now + WINDOW_MS), count: 1 });
    return false;
  }
}
