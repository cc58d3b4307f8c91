import { type AnswerPin } from "./answer-pin.ts";
import { PinTable } from "./pin-table.ts";

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
