import { type Clock } from "#world";

const LOOK_MS = 10_000;
/** Counting a month takes a tenth of a second for ten million entries: at most one part in so many of the time goes into it. */
const LOOK_SHARE = 20;

/** Looks again and again, with pauses in which everything else is answered. */
export class Lookout {
  readonly #clock: Clock;
  readonly #look: () => Promise<void>;
  #timer: ReturnType<Clock["after"]> | undefined;
  #isStopped = false;

  constructor(clock: Clock, look: () => Promise<void>) {
    this.#clock = clock;
    this.#look = look;
  }

  start(): void {
    this.#timer = this.#clock.after(LOOK_MS, () => void this.#lookAgain());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #lookAgain(): Promise<void> {
    const from = this.#clock.monotonicMs();
    await this.#look();
    if (this.#isStopped) return;
    const pauseMs = Math.max(LOOK_MS, LOOK_SHARE * (this.#clock.monotonicMs() - from));
    this.#timer = this.#clock.after(pauseMs, () => void this.#lookAgain());
  }
}
