import { type Clock } from "#world";

const FIRST_MS = 250;
const MOST_MS = 30_000;
// Whoever lived this long is well again; the next death starts from the shortest wait.
const WELL_AFTER_MS = 60_000;

/** How long to wait before something that died is started again: doubling, short again after a good while. */
export class BackOff {
  readonly #clock: Clock;
  #nextMs = FIRST_MS;
  #startedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  started(): void {
    this.#startedAt = this.#clock.monotonicMs();
  }

  waitMs(): number {
    if (this.#clock.monotonicMs() - this.#startedAt > WELL_AFTER_MS) this.#nextMs = FIRST_MS;
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(MOST_MS, this.#nextMs * 2);
    return waitMs;
  }
}
