import { type Random } from "./random.ts";

/** Work of the application itself between the calls of a use: it takes its time, and the application tells of it by a span. */
export interface PlannedStep {
  readonly kind: "retrieval" | "rerank" | "tool" | "guard" | "custom" | "review";
  readonly name: string;
  readonly ms: number;
  /** The place of the call that waits for it; Infinity where it comes after all. */
  readonly before: number;
  readonly vectors?: number;
  /** A person's, who need not be waited for as long. */
  readonly personMinutes?: number;
}

/** A few milliseconds more or less around `ms`, never under a third of it. */
export function takes(ms: number, random: Random): number {
  return Math.round(Math.max(ms / 3, random.logNormal(ms, 0.35)));
}
