/** A mean in which the last samples weigh most; undefined until the first one. */
export class DecayedMean {
  readonly #weight: number;
  #value: number | undefined;
  #atMs = 0;

  /** `weight`: how much a new sample counts, above 0 and at most 1. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  get value(): number | undefined {
    return this.#value;
  }

  /** When the last sample came, on the clock of whoever adds. */
  get atMs(): number {
    return this.#atMs;
  }

  add(sample: number, nowMs: number): void {
    this.#value = this.#value === undefined ? sample : this.#value + this.#weight * (sample - this.#value);
    this.#atMs = nowMs;
  }
}
