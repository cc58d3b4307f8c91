import { type AttemptDispatched } from "#events";
import { type Cost } from "#inference";
import { type Money } from "#units";
import { PinTable } from "./pin-table.ts";

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

export interface AnswerPinsOptions {
  /** Tells the other threads. */
  readonly tell: (pin: AnswerPin) => void;
  /** True for exactly one asker over all threads and all time: the one who books what the answer cost. */
  readonly claim: (answer: string) => Promise<boolean>;
}

/** Ids of answers and files that were seen before, on any thread. */
export class AnswerPins {
  readonly #pins = new PinTable();
  readonly #options: AnswerPinsOptions;

  constructor(options: AnswerPinsOptions) {
    this.#options = options;
  }

  /** Made by this thread. */
  remember(pin: AnswerPin): void {
    if (this.learn(pin)) this.#options.tell(pin);
  }

  /** Made by another thread, or before a restart. False when it was known. */
  learn(pin: AnswerPin): boolean {
    return this.#pins.add(pin);
  }

  find(answer: string): AnswerPin | undefined {
    return this.#pins.find(answer);
  }

  claim(answer: string): Promise<boolean> {
    return this.#options.claim(answer);
  }
}
