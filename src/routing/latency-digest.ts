/** How long something takes, as a histogram that forgets: each bucket is a fifth wider than the one before. */

const FIRST_MS = 1;
const GROWTH = 1.2;
// 1.2^80 ms is 36 minutes; nothing that is timed here may run longer.
const BUCKETS = 80;
/** When so many have been seen all counts are halved: what was measured 1,000 calls ago weighs a quarter. */
const SAMPLES_KEPT = 500;
const LOG_GROWTH = Math.log(GROWTH);

export class LatencyDigest {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** Samples that are still remembered, halved ones as half. */
  get samples(): number {
    return this.#total;
  }

  add(durationMs: number): void {
    if (this.#total >= SAMPLES_KEPT) this.#forgetHalf();
    const bucket = bucketOf(durationMs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  /** The upper edge of the bucket that holds the quantile, so at most a fifth above it; undefined before any sample. */
  quantileMs(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const wanted = share * this.#total;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return FIRST_MS * GROWTH ** (bucket + 1);
    }
    return FIRST_MS * GROWTH ** BUCKETS;
  }

  #forgetHalf(): void {
    this.#total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const left = (this.#counts[bucket] ?? 0) / 2;
      this.#counts[bucket] = left;
      this.#total += left;
    }
  }
}

function bucketOf(durationMs: number): number {
  if (durationMs <= FIRST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log(durationMs / FIRST_MS) / LOG_GROWTH));
}
