import { charge, type Money, money, type Rate } from "#units";

/** A rate made ready for the hot path: most are whole nanos a unit, and then numbers hold what a call costs exactly. */
export interface UnitPrice {
  readonly rate: Rate;
  /** Of one unit; undefined where it is a fraction, or more than a number holds exactly. */
  readonly wholeNanos: number | undefined;
}

// A rate counts 10^-18 of the currency per million units, a nano is 10^-9 of it.
const RATE_OF_NANO = 10n ** 15n;

export function unitPrice(rate: Rate): UnitPrice {
  const nanos = Number(rate / RATE_OF_NANO);
  return { rate, wholeNanos: rate % RATE_OF_NANO === 0n && Number.isSafeInteger(nanos) ? nanos : undefined };
}

/** What `charge` says, to the nano. */
export function chargeUnits(quantity: number, { rate, wholeNanos }: UnitPrice): Money {
  if (wholeNanos !== undefined && Number.isSafeInteger(quantity)) {
    const nanos = quantity * wholeNanos;
    // A product of whole numbers that is safe was not rounded.
    if (Number.isSafeInteger(nanos)) return money(BigInt(nanos));
  }
  return charge(quantity, rate);
}
