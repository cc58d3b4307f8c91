import { type Dimension } from "#events";
import { type Instant } from "#units";

const NEW_VALUES_MAX = 10_000;
const DAY_MS = 86_400_000;

/**
 * Keeps the number of values of a dimension in bounds: after 10,000 new ones in a UTC day the next new ones are
 * `(other)`. Values of the day before are not new. Counted by each thread alone.
 */
export class ValueLimit {
  readonly #newMax: number;
  #day = -1;
  #today = emptyValues();
  #before = emptyValues();

  constructor(newMax = NEW_VALUES_MAX) {
    this.#newMax = newMax;
  }

  admit(dimension: Dimension, value: string, at: Instant): string {
    const day = Math.floor(at / DAY_MS);
    if (day !== this.#day) this.#turn(day);
    const today = this.#today[dimension];
    if (today.has(value)) return value;
    // Yesterday's values move over as they are used, so that a value in daily use never becomes new again.
    if (!this.#before[dimension].has(value) && today.size >= this.#newMax) return "(other)";
    today.add(value);
    return value;
  }

  #turn(day: number): void {
    this.#before = day === this.#day + 1 ? this.#today : emptyValues();
    this.#today = emptyValues();
    this.#day = day;
  }
}

function emptyValues(): Readonly<Record<Dimension, Set<string>>> {
  return {
    feature: new Set(),
    team: new Set(),
    customer: new Set(),
    user: new Set(),
    environment: new Set(),
    session: new Set(),
  };
}
