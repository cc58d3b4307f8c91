import { type AttemptDispatched } from "#events";
import { type Cost } from "#inference";
import { type Money } from "#units";

/** An answer or file that a provider keeps: who may refer to it, and where it is. Plain, so that it crosses threads. */
export interface AnswerPin {
  readonly tenant: string;
  /** The provider's own id. */
  readonly answer: string;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  readonly model: string | undefined;
  /** What was booked before the answer was finished; its truth is booked when it is read back. */
  readonly background:
    | { readonly dispatched: AttemptDispatched; readonly before: { readonly cost: Cost; readonly residual: Money } }
    | undefined;
}

// About 100 MB at most; the oldest are forgotten first, and their ids then go to the first provider of the format.
const PINS_MAX = 200_000;

export interface AnswerPinsOptions {
  /** Tells the other threads. */
  readonly tell: (pin: AnswerPin) => void;
  /** True for exactly one asker over all threads and all time: the one who books what the answer cost. */
  readonly claim: (answer: string) => Promise<boolean>;
}

/** Ids of answers and files that were seen before, on any thread. */
export class AnswerPins {
  readonly #pins = new Map<string, AnswerPin>();
  readonly #options: AnswerPinsOptions;

  constructor(options: AnswerPinsOptions) {
    this.#options = options;
  }

  /** Made by this thread. */
  remember(pin: AnswerPin): void {
    if (this.learn(pin)) this.#options.tell(pin);
  }

  /** Made by another thread, or before a restart. The first pin of an id stays: nobody takes over another's answer. */
  learn(pin: AnswerPin): boolean {
    if (this.#pins.has(pin.answer)) return false;
    this.#pins.set(pin.answer, pin);
    if (this.#pins.size > PINS_MAX) for (const oldest of this.#pins.keys()) return this.#pins.delete(oldest);
    return true;
  }

  find(answer: string): AnswerPin | undefined {
    return this.#pins.get(answer);
  }

  claim(answer: string): Promise<boolean> {
    return this.#options.claim(answer);
  }
}
