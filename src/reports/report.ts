/** A provider's own report, in our words. */
import { type Money } from "#units";

export const reportFormats = ["openai", "anthropic"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface ReportUsage {
  /** UTC. */
  readonly day: string;
  readonly model: string;
  readonly meter: string;
  /** Undefined in a report that is not grouped by it. */
  readonly tier: string | undefined;
  readonly quantity: number;
}

export interface ReportCost {
  readonly day: string;
  readonly kind: "usage" | "credit" | "tax";
  /** What the amount is for, where the line says all of it. */
  readonly of: { readonly model: string; readonly meter: string; readonly tier: string | undefined } | undefined;
  readonly quantity: number | undefined;
  readonly nanos: Money;
  /** Decimals of the book currency that the amount was written with. */
  readonly decimals: number;
  /** The line in the provider's words. */
  readonly item: string;
}

export interface ProviderReport {
  readonly format: ReportFormat;
  readonly usage: readonly ReportUsage[];
  readonly costs: readonly ReportCost[];
  /** `day meter`: what the report would have shown on that day if there had been any. */
  readonly stated: ReadonlySet<string>;
  /** Days of which it has costs, be they none. */
  readonly costDays: ReadonlySet<string>;
  /** Every day that it covers, ascending. */
  readonly days: readonly string[];
  readonly isByTier: boolean;
}
