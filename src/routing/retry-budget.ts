/**
 * How many retries a provider may be given: a fifth of the attempts of the last ten seconds, and three in any case, so that
 * a provider that ails is not held down by those who ask it again. The share and the floor are those of Envoy's retry
 * budget (`budget_percent` 20, `min_retry_concurrency` 3 in circuit_breaker.proto); a window in place of what runs at one
 * moment makes the bound one that can be counted: failures that come at once would otherwise never be seen together.
 */
const SHARE = 0.2;
const RETRIES_ALWAYS = 3;
const SLOTS = 10;
const SLOT_MS = 1_000;

export class RetryBudget {
  readonly #first = new Float64Array(SLOTS);
  readonly #again = new Float64Array(SLOTS);
  #slot = 0;

  /** An attempt that is no retry has gone out. */
  countFirst(nowMs: number): void {
    this.#turn(nowMs);
    const place = this.#slot % SLOTS;
    this.#first[place] = (this.#first[place] ?? 0) + 1;
  }

  /** True when a retry may go out, and then it is counted. */
  take(nowMs: number): boolean {
    this.#turn(nowMs);
    if (sum(this.#again) >= Math.max(RETRIES_ALWAYS, SHARE * sum(this.#first))) return false;
    const place = this.#slot % SLOTS;
    this.#again[place] = (this.#again[place] ?? 0) + 1;
    return true;
  }

  #turn(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    const passed = Math.min(SLOTS, slot - this.#slot);
    for (let step = 1; step <= passed; step += 1) {
      const place = (slot - passed + step) % SLOTS;
      this.#first[place] = 0;
      this.#again[place] = 0;
    }
    this.#slot = Math.max(slot, this.#slot);
  }
}

function sum(counts: Float64Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
