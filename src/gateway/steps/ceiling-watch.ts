import { type AnswerFacts } from "#inference";
import { type Ask } from "#providers";
import { type DispatchedAttempt } from "./dispatch.ts";
import { priceEnding } from "./price-ending.ts";

/** An estimate costs microseconds and a kilobyte of frames holds some ten tokens. */
const LOOK_BYTES = 1024;

/**
 * Looks at a stream that is held at a ceiling, since nothing bounds it but what we let through. What a model without a
 * price costs cannot be estimated, so its ceiling ends no stream.
 */
export class CeilingWatch {
  readonly #ask: Ask;
  readonly #attempt: DispatchedAttempt;
  #unseenBytes = 0;

  constructor(ask: Ask, attempt: DispatchedAttempt) {
    this.#ask = ask;
    this.#attempt = attempt;
  }

  /** Undefined where nothing has to be looked at. */
  static over(ask: Ask, attempt: DispatchedAttempt): CeilingWatch | undefined {
    const isOver = attempt.hold !== undefined && attempt.event.bound.type === "ceiling" && attempt.sku !== undefined;
    return isOver ? new CeilingWatch(ask, attempt) : undefined;
  }

  isReached(bytes: number, facts: () => AnswerFacts): boolean {
    this.#unseenBytes += bytes;
    if (this.#unseenBytes < LOOK_BYTES) return false;
    this.#unseenBytes = 0;
    const ending = { state: "cut", facts: { ...facts(), end: "cut" }, status: undefined, wasSent: true } as const;
    const { cost } = priceEnding(this.#ask, this.#attempt, ending);
    const { bound } = this.#attempt.event;
    return cost.type !== "unpriced" && bound.type === "ceiling" && cost.nanos >= bound.nanos;
  }
}
