import { type KeyDelta } from "#access";
import { type Clock } from "#world";
import { type ToGateway } from "./link.ts";

/** A gateway that is gone, or has a thread that starts, says nothing in time: it is given all keys once it is there. */
const KNOWN_WITHIN_MS = 1_000;

/** Changes of keys on their way to the gateway's threads: whoever makes a key may use it as soon as they are told of it. */
export class KeyNews {
  readonly #clock: Clock;
  readonly #tell: (message: ToGateway) => void;
  readonly #waiting = new Map<number, () => void>();
  #last = 0;

  constructor(clock: Clock, tell: (message: ToGateway) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Resolves when every thread knows the change, or a second is over. */
  tell(delta: KeyDelta): Promise<void> {
    this.#last += 1;
    const change = this.#last;
    return new Promise((resolve) => {
      const timer = this.#clock.after(KNOWN_WITHIN_MS, () => this.known(change));
      this.#waiting.set(change, () => {
        timer.cancel();
        resolve();
      });
      this.#tell({ type: "keys", delta, change });
    });
  }

  known(change: number): void {
    const known = this.#waiting.get(change);
    this.#waiting.delete(change);
    known?.();
  }
}
