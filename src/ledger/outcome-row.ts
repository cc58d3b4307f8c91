import { type Attribution, type Outcome, type OutcomeCorrected } from "#events";
import { type Instant, type Money } from "#units";

/** One immutable line about an outcome; sums over lines are what stands: a correction takes the old one back first. */
export interface OutcomeRow {
  readonly outcome: string;
  readonly name: string;
  readonly isSuccess: boolean;
  /** 1, or -1 on a line that takes one back. */
  readonly count: 1 | -1;
  readonly value: Money | undefined;
  readonly happenedAt: Instant;
  readonly bookedAt: Instant;
  /** 0 as it was recorded, then that of the correction. */
  readonly correction: number;
  readonly attribution: Attribution;
}

interface Booking {
  readonly bookedAt: Instant;
  readonly correction: number;
  readonly count: 1 | -1;
}

export function outcomeRow(outcome: Outcome, { bookedAt, correction, count }: Booking): OutcomeRow {
  return { ...outcome, bookedAt, correction, count };
}

export function rowsOfCorrectedOutcome({ at, number, before, after }: OutcomeCorrected): readonly OutcomeRow[] {
  const booking = { bookedAt: at, correction: number };
  const taken = outcomeRow(before, { ...booking, count: -1 });
  return after === undefined ? [taken] : [taken, outcomeRow(after, { ...booking, count: 1 })];
}
