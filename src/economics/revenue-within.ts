import { assert } from "#std";
import { type Instant } from "#units";

interface RevenuePeriod {
  readonly from: Instant;
  readonly to: Instant;
  readonly nanos: bigint;
}

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * The part of a period's revenue that falls into a range, evenly by time. As the difference of two rounded running sums:
 * ranges that lie side by side add up to the whole, to the nano.
 */
export function revenueWithin({ from, to, nanos }: RevenuePeriod, range: Range): bigint {
  assert(from < to, "a period has a length");
  const until = (at: number) => {
    const passed = BigInt(Math.min(Math.max(at, from), to) - from);
    const length = BigInt(to - from);
    return roundedDown(nanos * passed * 2n + length, length * 2n);
  };
  return until(range.to) - until(range.from);
}

/** The share of a range that some periods cover together, from 0 to 1. */
export function coverage(periods: readonly Range[], range: Range): number {
  let [covered, reached] = [0, Number(range.from)];
  for (const { from, to } of periods.toSorted((one, other) => one.from - other.from)) {
    const [begin, end] = [Math.max(from, reached), Math.min(to, range.to)];
    if (end <= begin) continue;
    covered += end - begin;
    reached = end;
  }
  return covered / (range.to - range.from);
}

function roundedDown(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  return top < 0n && quotient * bottom !== top ? quotient - 1n : quotient;
}
