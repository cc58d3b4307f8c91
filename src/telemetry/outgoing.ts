/** What is sent, before it is encoded. */

/** A bigint is an integer to the receiver, a number a double, whatever its value. */
export type AttributeValue = string | boolean | bigint | number;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface OutgoingSpan {
  /** 32 lower-case hex digits. */
  readonly trace: string;
  /** 16 lower-case hex digits, as `parent`. */
  readonly span: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  /** Epoch milliseconds with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly isFailed: boolean;
  readonly attributes: Attributes;
}

export interface HistogramPoint {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
  /** One for each bound and one for what is above the last. */
  readonly buckets: readonly number[];
}

export interface SumPoint {
  readonly attributes: Attributes;
  readonly total: bigint;
}

interface Described {
  readonly name: string;
  readonly says: string;
  readonly unit: string;
}

/** Cumulative since the exporter began. */
export type OutgoingMetric =
  | (Described & {
      readonly type: "histogram";
      readonly bounds: readonly number[];
      readonly points: readonly HistogramPoint[];
    })
  | (Described & { readonly type: "sum"; readonly isMonotonic: boolean; readonly points: readonly SumPoint[] });

/** Who speaks. */
export interface Source {
  readonly resource: Attributes;
  /** Of the product, which is the instrumentation too. */
  readonly version: string;
}

export interface Window {
  readonly startMs: number;
  readonly nowMs: number;
}

/** Exact to the nanosecond for whole milliseconds; fractions of the clock to the microsecond. */
export function toNanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** Name of the instrumentation: what comes from Tare is known by it. */
export const SCOPE = "tare";
