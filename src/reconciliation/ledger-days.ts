/** What the ledger has of one provider, added up by day in UTC. */
import { type StepKind, type UsageClass } from "#inference";
import { type Money } from "#units";

export interface LedgerQuantity {
  /** `2027-01-31`, UTC. */
  readonly day: string;
  readonly model: string;
  /** As the answers named it; undefined where they named none. */
  readonly tier: string | undefined;
  readonly kind: StepKind;
  readonly class: UsageClass;
  readonly quantity: number;
}

/** What was charged at one rate. */
export interface LedgerCharge extends LedgerQuantity {
  /** Exact decimal per million units. */
  readonly rate: string;
  readonly nanos: Money;
  /** How many amounts were rounded to make the sum. */
  readonly roundings: number;
}

/** What is not certain yet. */
export interface LedgerOpen {
  readonly day: string;
  readonly model: string;
  readonly inDoubt: Money;
  readonly estimated: Money;
}

export interface LedgerDays {
  /** Used, with a price or without. */
  readonly quantities: readonly LedgerQuantity[];
  readonly charges: readonly LedgerCharge[];
  /** Of entries whose provider id another entry has already. */
  readonly repeats: readonly LedgerQuantity[];
  readonly open: readonly LedgerOpen[];
}
