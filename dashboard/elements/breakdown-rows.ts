import type { SpendAnswer, SpendMoney } from "#contract";

export interface BreakdownRow extends SpendMoney {
  /** Undefined for what is not listed. */
  readonly name: string | undefined;
}

const sums = ["gross_nanos", "net_nanos", "tare_nanos", "avoided_nanos", "estimated_nanos", "in_doubt_nanos"] as const;
const counts = ["calls", "attempts", "unpriced"] as const;

/**
 * A value that only refused calls have cost nothing; refusals have their own page. Bills and meters cost without attempts,
 * and kept answers are calls without any.
 */
export function isOfCost(row: SpendMoney): boolean {
  return sums.some((field) => row[field] !== "0") || counts.some((field) => row[field] !== 0);
}

/** The dearest first; what is not listed is one more row, of no name, so that the rows add up to the total. */
export function breakdownRows(
  answer: SpendAnswer,
  { dimension, shown }: { dimension: string; shown: number },
): readonly BreakdownRow[] {
  const named = answer.rows
    .filter(isOfCost)
    .map((row): BreakdownRow => ({ ...row, name: row.dimensions[dimension] ?? "(none)" }))
    .toSorted((a, b) => compare(BigInt(b.gross_nanos), BigInt(a.gross_nanos)) || b.calls - a.calls);
  const listed = named.slice(0, shown);
  const rest = remainder(answer.total, listed);
  return rest === undefined ? listed : [...listed, rest];
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the total holds beyond the rows listed: exact, because both are. */
function remainder(total: SpendMoney, listed: readonly BreakdownRow[]): BreakdownRow | undefined {
  const money = (field: (typeof sums)[number]) =>
    listed.reduce((left, row) => left - BigInt(row[field]), BigInt(total[field])).toString();
  const count = (field: "calls" | "attempts" | "refused" | "unpriced" | "tokens_in" | "tokens_out") =>
    listed.reduce((left, row) => left - row[field], total[field]);
  const left: BreakdownRow = {
    name: undefined,
    gross_nanos: money("gross_nanos"),
    net_nanos: money("net_nanos"),
    tare_nanos: money("tare_nanos"),
    avoided_nanos: money("avoided_nanos"),
    estimated_nanos: money("estimated_nanos"),
    in_doubt_nanos: money("in_doubt_nanos"),
    calls: count("calls"),
    attempts: count("attempts"),
    refused: count("refused"),
    unpriced: count("unpriced"),
    tokens_in: count("tokens_in"),
    tokens_out: count("tokens_out"),
  };
  return isOfCost(left) ? left : undefined;
}
