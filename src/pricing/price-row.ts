import { type UsageClass } from "#inference";
import { type Instant, type Rate } from "#units";

/** The service tier that a row prices; `any` rows (searches, requests, minutes) do not depend on it. */
export const tiers = ["standard", "batch", "flex", "priority", "fast", "us"] as const;
export type Tier = (typeof tiers)[number];

/** Half-open, in milliseconds of the UTC day; `fromMs > toMs` runs over midnight. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PriceRow {
  /** Says where it comes from and what it prices; stable as long as it prices the same thing. */
  readonly id: string;
  readonly class: UsageClass;
  readonly rate: Rate;
  /** A rate of zero is believed only where the source says that it is free. */
  readonly isFree: boolean;
  /** Anything above zero is billed as at least this much. */
  readonly minimum?: number;
  readonly tier: Tier | "any";
  /** The row applies when the whole input is larger than this many tokens; 0 is no band. */
  readonly over: number;
  readonly region: string | undefined;
  readonly window: TimeWindow | undefined;
  readonly from: Instant | undefined;
  /** Exclusive. */
  readonly until: Instant | undefined;
  readonly source: string;
  /** Day on which somebody compared it with its source. */
  readonly checkedAt: string | undefined;
}

/** A row that may not price anything, and why. */
export interface QuarantinedRow {
  readonly row: PriceRow;
  readonly reason: string;
}

/** The same as in the control API: exact decimals and RFC 3339 as text. */
export interface PrintedPriceRow {
  readonly row: string;
  readonly provider: string;
  readonly model: string;
  readonly class: string;
  readonly rate: string;
  readonly tier: string;
  readonly context_over?: number;
  readonly region?: string;
  readonly window?: string;
  readonly valid_from?: string;
  readonly valid_to?: string;
  readonly source: string;
  readonly checked_at?: string;
}

export interface PrintedQuarantinedRow extends PrintedPriceRow {
  readonly reason: string;
}
