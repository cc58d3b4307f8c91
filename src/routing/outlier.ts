/**
 * When a target is set aside for failing. The figures are Envoy's (outlier_detection.proto): five failures in a row, 30
 * seconds times how often it has happened, 300 at most. Envoy leaves ejection by failure share off; it is on here, because
 * a provider that fails every other call never fails five times in a row.
 */
const CONSECUTIVE_MAX = 5;
const EJECTION_MS = 30_000;
const EJECTION_MS_MAX = 300_000;
// Threads and nodes that saw a target fail together do not come back to it together.
const JITTER_MS = 5_000;
const WINDOW_MS = 10_000;
const WINDOW_ATTEMPTS_MIN = 20;
const WINDOW_FAILED_SHARE = 0.5;

export class Outlier {
  #consecutive = 0;
  #ejections = 0;
  #untilMs = -Infinity;
  #windowMs = -Infinity;
  #windowAttempts = 0;
  #windowFailures = 0;

  isEjected(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  /** On the monotonic clock: when it is let back; in the past when it is not set aside. */
  get untilMs(): number {
    return this.#untilMs;
  }

  succeeded(nowMs: number): void {
    this.#consecutive = 0;
    this.#count(nowMs, 0);
    // One ejection is forgiven for each period that passed without another, as in Envoy's sweep.
    const calmMs = nowMs - this.#untilMs;
    if (this.#ejections > 0 && calmMs > EJECTION_MS) {
      this.#ejections = Math.max(0, this.#ejections - Math.floor(calmMs / EJECTION_MS));
    }
  }

  /** True when it ought to be set aside now; whether it may be, the caller knows. */
  failed(nowMs: number): boolean {
    this.#consecutive += 1;
    this.#count(nowMs, 1);
    if (this.isEjected(nowMs)) return false;
    const isMostlyFailing =
      this.#windowAttempts >= WINDOW_ATTEMPTS_MIN && this.#windowFailures >= WINDOW_FAILED_SHARE * this.#windowAttempts;
    return this.#consecutive >= CONSECUTIVE_MAX || isMostlyFailing;
  }

  eject(nowMs: number, fraction: number): void {
    this.#ejections += 1;
    const lengthMs = Math.min(EJECTION_MS * this.#ejections, EJECTION_MS_MAX);
    this.#untilMs = nowMs + lengthMs + fraction * JITTER_MS;
    this.#consecutive = 0;
    this.#windowAttempts = 0;
    this.#windowFailures = 0;
  }

  #count(nowMs: number, failures: number): void {
    if (nowMs - this.#windowMs > WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#windowAttempts = 0;
      this.#windowFailures = 0;
    }
    this.#windowAttempts += 1;
    this.#windowFailures += failures;
  }
}
