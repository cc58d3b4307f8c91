/** One row of FOCUS in facts, before any version of the specification names its columns. */
import { type Exact } from "./exact.ts";

/** What a meter counts, and what it is called in the SKU. */
export interface Meter {
  /** Behind the model's id: `input`, `cache-read`. */
  readonly suffix: string;
  readonly name: string;
  /** `Tokens`; a million of it has one price. */
  readonly unit: string;
  /** Of tokens: FOCUS 1.5's words for which way they went and what a cache did for them. */
  readonly direction?: "Input" | "Output";
  readonly cache?: "Uncached" | "Read" | "Write" | "Other";
}

/** Of a model, as FOCUS 1.5 identifies it. */
export interface ModelIdentity {
  readonly developer: string;
  readonly family: string | undefined;
  readonly id: string;
  readonly version: string | undefined;
}

export interface Price {
  readonly skuId: string;
  readonly skuPriceId: string;
  readonly meter: string;
  readonly model: ModelIdentity | undefined;
  readonly direction: Meter["direction"];
  readonly cache: Meter["cache"];
  readonly category: "Standard" | "Dynamic" | "Committed";
  readonly unit: string;
  readonly quantity: Exact;
  /** Money per `unit`, before and after what was negotiated. */
  readonly list: Exact;
  readonly contracted: Exact;
}

/** Money that was, or is, paid ahead. */
export interface Commitment {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
}

export interface Charge {
  /** RFC 3339 in UTC, half-open. */
  readonly from: string;
  readonly to: string;
  readonly category: "Usage" | "Purchase" | "Tax" | "Credit" | "Adjustment";
  readonly frequency: "Usage-Based" | "One-Time" | "Recurring";
  /** Of an earlier billing period. */
  readonly isCorrection: boolean;
  readonly description: string;
  readonly account: { readonly id: string; readonly name: string | undefined };
  readonly parties: { readonly provider: string; readonly host: string; readonly invoiceIssuer: string };
  readonly service: { readonly name: string; readonly category: string; readonly subcategory: string };
  readonly currency: string;
  readonly region: string | undefined;
  /** Without one, `cost` alone is known: a tax, a credit. */
  readonly price: Price | undefined;
  readonly consumed: { readonly quantity: Exact; readonly unit: string } | undefined;
  readonly cost: Exact;
  readonly commitment: Commitment | undefined;
  /** Whose credential it was: a key. */
  readonly principal: string | undefined;
  /** Whom it was for: a customer. */
  readonly consumer: string | undefined;
  /** The `x_` columns. */
  readonly own: OwnFacts | undefined;
}

export interface OwnFacts {
  readonly layer: string;
  readonly purpose: string;
  readonly feature: string;
  readonly team: string;
  readonly environment: string;
  readonly tier: string | undefined;
  readonly usageClass: string | undefined;
  readonly priceRow: string | undefined;
  /** What the ledger booked: the sum of amounts that were each rounded to a nano. */
  readonly booked: Exact;
  readonly isEstimated: boolean;
  readonly entries: number;
}
