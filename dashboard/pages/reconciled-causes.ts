/** Why a report and the ledger differ, in words, and which of it somebody has to look at first. */
import type { ReconciledDifference, Reconciliation } from "#contract";

export type Cause = ReconciledDifference["parts"][number]["cause"];

/** What needs somebody comes first, what is expected last. */
const order = [
  "unexplained",
  "double_count",
  "lost_day",
  "bypass",
  "price",
  "tier",
  "unsettled",
  "lag",
  "credit",
  "tax",
  "rounding",
] as const satisfies readonly Cause[];

export const causeWords: Readonly<Record<Cause, { readonly name: string; readonly says: string }>> = {
  unexplained: { name: "unexplained", says: "None of the other causes; it is never spread over them." },
  double_count: { name: "counted twice", says: "The ledger has it more than once." },
  lost_day: { name: "day missing", says: "One side has nothing of that day, and has other days." },
  bypass: { name: "past the gateway", says: "The provider has more than went through here." },
  price: { name: "price", says: "Equal quantities at another rate, or a use that our price book does not price." },
  tier: { name: "tier", says: "As much too little in one tier as too much in another." },
  unsettled: { name: "unsettled", says: "Within what the ledger itself says is in doubt or estimated." },
  lag: { name: "not finished", says: "The report was fetched before the provider had counted everything." },
  credit: { name: "credit", says: "A line of the report that no quantity stands behind." },
  tax: { name: "tax", says: "A tax that the report names." },
  rounding: { name: "rounding", says: "Each side rounds at another place." },
};

export function rankOf(cause: Cause): number {
  return order.indexOf(cause);
}

/** Of a difference with several parts, the one that needs somebody most. */
export function firstCause({ parts }: Pick<ReconciledDifference, "parts">): Cause {
  const [first = "rounding"] = parts.map(({ cause }) => cause).toSorted((left, right) => rankOf(left) - rankOf(right));
  return first;
}

/** The causes of which there is any, those first that need somebody. */
export function causesOf({ by_cause: of }: Pick<Reconciliation, "by_cause">): readonly (readonly [Cause, string])[] {
  return order.flatMap((cause) => {
    const nanos = of[cause];
    return nanos === undefined || nanos === "0" ? [] : [[cause, nanos] as const];
  });
}
