/** How large holds are, so that it can be said when what is left is of no use to anybody. */
import { type Instant } from "#units";

/** How long a refused hold says something of those to come. */
const LATELY_MS = 10 * 60_000;

export class RefusedHolds {
  #smallest: { readonly amount: bigint; readonly at: Instant } | undefined;
  #last: bigint | undefined;

  /** A call asked for this much. */
  asked(amount: bigint): void {
    if (amount > 0n) this.#last = amount;
  }

  refused(amount: bigint, now: Instant): void {
    const known = this.#smallest;
    if (known === undefined || now >= known.at + LATELY_MS || amount <= known.amount)
      this.#smallest = { amount, at: now };
  }

  /** All of what is left, when it is less than the smallest hold that was refused lately, or than the last one. */
  unspendable(left: bigint): bigint {
    const hold = this.#smallest?.amount ?? this.#last;
    return hold !== undefined && left > 0n && left < hold ? left : 0n;
  }
}
