import { type Random } from "./random.ts";

/** Both are log-normal: `median` and `sigma` (of the logarithm). Milliseconds. */
interface LatencyShape {
  readonly firstTokenMs: { readonly median: number; readonly sigma: number };
  readonly perTokenMs: { readonly median: number; readonly sigma: number };
  /** Added to the first token for each thousand tokens of input that were not cached. */
  readonly perThousandInputMs: number;
}

export type Latency = "none" | "realistic" | LatencyShape;

const realisticLatency: LatencyShape = {
  firstTokenMs: { median: 320, sigma: 0.45 },
  perTokenMs: { median: 9, sigma: 0.35 },
  perThousandInputMs: 18,
};

/** When the tokens of one answer are ready, in milliseconds after the attempt came in. */
export interface Pace {
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
}

const immediately: Pace = { firstTokenMs: 0, perTokenMs: 0 };

export function drawPace(latency: Latency, { random, inputTokens }: { random: Random; inputTokens: number }): Pace {
  if (latency === "none") return immediately;
  const shape = latency === "realistic" ? realisticLatency : latency;
  return {
    firstTokenMs:
      random.logNormal(shape.firstTokenMs.median, shape.firstTokenMs.sigma) +
      (shape.perThousandInputMs * inputTokens) / 1000,
    perTokenMs: random.logNormal(shape.perTokenMs.median, shape.perTokenMs.sigma),
  };
}

/** Tokens that are ready after `elapsedMs`, at most `total`. */
export function tokensReady(pace: Pace, { elapsedMs, total }: { elapsedMs: number; total: number }): number {
  if (elapsedMs < pace.firstTokenMs) return 0;
  if (pace.perTokenMs === 0) return total;
  return Math.min(total, 1 + Math.floor((elapsedMs - pace.firstTokenMs) / pace.perTokenMs));
}

/** When all of the first `tokens` are ready. */
export function readyAtMs(pace: Pace, tokens: number): number {
  return pace.firstTokenMs + pace.perTokenMs * Math.max(0, tokens - 1);
}
