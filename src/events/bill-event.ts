import { type Id, type Instant, type Money } from "#units";
import { type Attribution } from "./attribution.ts";

/** What an entry paid for, in the words of a page. */
export const layers = [
  "model answers",
  "retries and fallbacks",
  "guardrails and validation",
  "retrieval and embeddings",
  "tools",
  "GPUs and serving",
  "idle and cold starts",
  "data pipelines",
  "observability and storage",
  "evaluation",
  "human review",
  "compliance",
  "people and engineering",
  "model churn",
  "redundancy",
  "edge fleet",
] as const;
export type Layer = (typeof layers)[number];

/** Where a bill comes from: a FOCUS file, the section `bills` of the configuration, or what a meter measured. */
export const billSources = ["focus", "config", "meter"] as const;
export type BillSource = (typeof billSources)[number];

/** One charge from outside, as it is booked. */
export interface Bill {
  /** Made of what identifies the charge, so that the same charge always has the same id. */
  readonly bill: Id<"bill">;
  /** Digest of everything that was said of the charge: equal ones say the same. */
  readonly content: string;
  readonly source: BillSource;
  /** The import that brought it, or `tare.yaml`. */
  readonly origin: string;
  /** Start of the charge period. */
  readonly incurredAt: Instant;
  readonly provider: string;
  readonly service: string;
  /** FOCUS ChargeCategory: `Usage`, `Purchase`, `Tax`, `Credit`, `Adjustment`. */
  readonly charge: string;
  readonly sku: string | undefined;
  readonly region: string | undefined;
  readonly layer: Layer;
  readonly attribution: Attribution;
  /** In the book currency, rounded half to even to the nano. */
  readonly nanos: Money;
  /** What rounding left, the exact amount less `nanos`: a decimal in the book currency; absent where nothing was rounded. */
  readonly remainder: string | undefined;
  /** Every column of the charge that has a value, as JSON text. */
  readonly row: string;
}

/** `at` is `booked_at`. */
export interface BillBooked {
  readonly type: "bill-booked";
  readonly at: Instant;
  readonly bill: Bill;
}

/** The charge is another than was booked, or none: what was booked is taken back, and what is true now is booked. */
export interface BillCorrected {
  readonly type: "bill-corrected";
  readonly at: Instant;
  /** 1 for the first correction of the bill. */
  readonly number: number;
  /** Undefined when the charge was taken back before and is there again. */
  readonly before: Bill | undefined;
  /** Undefined when the charge is no longer. */
  readonly after: Bill | undefined;
  readonly reason: string;
}

/** What many bills of one file have in common. */
export type BillKind = Pick<Bill, "provider" | "service" | "charge" | "sku" | "region" | "layer" | "attribution">;

/** One place in each of them is one bill. */
export interface BillColumns {
  readonly bill: readonly Id<"bill">[];
  readonly content: readonly string[];
  readonly incurredAt: readonly Instant[];
  /** Its place among the kinds. */
  readonly kind: readonly number[];
  readonly nanos: readonly Money[];
  readonly remainder: readonly (string | undefined)[];
}

/**
 * New bills of one file, many in one line: each as if it were booked alone. A line for each charge of a large file costs
 * five times as much to write and to read.
 */
export interface BillsBooked {
  readonly type: "bills-booked";
  readonly at: Instant;
  /** Names what is kept of the charges. */
  readonly batch: Id<"batch">;
  readonly source: BillSource;
  readonly origin: string;
  readonly kinds: readonly BillKind[];
  readonly columns: BillColumns;
  /** Every column of each charge, in the order of the bills, as `RowPacker` makes it. */
  readonly rows: string;
}

export type BillEvent = BillBooked | BillsBooked | BillCorrected;
