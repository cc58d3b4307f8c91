/** Spend cut into the steps of a chart. Sums stay bigints; empty time stays in, as steps of nothing. */
import type { SpendMoney, SpendRow } from "#contract";
import { parseStep, type Period } from "../address/time-range.ts";

export interface SpendStep {
  readonly start: number;
  readonly end: number;
  readonly net: bigint;
  readonly tare: bigint;
  readonly gross: bigint;
  readonly estimated: bigint;
  readonly inDoubt: bigint;
  readonly unpriced: number;
  readonly calls: number;
  /** Gross of the same step in the period before, when that is compared. */
  readonly before: bigint | undefined;
}

interface StepFacts {
  readonly period: Period;
  readonly rows: readonly SpendRow[];
  readonly before: readonly SpendRow[] | undefined;
  readonly timezone: string;
}

export function spendSteps({ period, rows, before, timezone }: StepFacts): readonly SpendStep[] {
  const place = (row: SpendRow, starts: readonly number[]) => {
    const at = parseStep(row.dimensions[period.unit] ?? "", timezone);
    return at === undefined ? undefined : lastAtOrBefore(starts, at);
  };
  const now = addedUp(rows, (row) => place(row, period.starts));
  const earlier = before === undefined ? undefined : addedUp(before, (row) => place(row, period.before.starts));
  return period.starts.map((start, index) => ({
    start,
    end: period.starts[index + 1] ?? period.end,
    ...(now.get(index) ?? nothing),
    before: earlier === undefined ? undefined : (earlier.get(index)?.gross ?? 0n),
  }));
}

const nothing = { net: 0n, tare: 0n, gross: 0n, estimated: 0n, inDoubt: 0n, unpriced: 0, calls: 0 };
type Sum = typeof nothing;

function addedUp(rows: readonly SpendRow[], placeOf: (row: SpendRow) => number | undefined): Map<number, Sum> {
  const sums = new Map<number, Sum>();
  for (const row of rows) {
    const index = placeOf(row);
    if (index !== undefined) sums.set(index, added(sums.get(index) ?? nothing, row));
  }
  return sums;
}

function added(sum: Sum, row: SpendMoney): Sum {
  return {
    net: sum.net + BigInt(row.net_nanos),
    tare: sum.tare + BigInt(row.tare_nanos),
    gross: sum.gross + BigInt(row.gross_nanos),
    estimated: sum.estimated + BigInt(row.estimated_nanos),
    inDoubt: sum.inDoubt + BigInt(row.in_doubt_nanos),
    unpriced: sum.unpriced + row.unpriced,
    calls: sum.calls + row.calls,
  };
}

function lastAtOrBefore(starts: readonly number[], at: number): number | undefined {
  // A row's own start may lie before the first step when the range begins inside a unit.
  const index = starts.findLastIndex((start) => start <= at);
  return index === -1 ? (starts.length === 0 ? undefined : 0) : index;
}
