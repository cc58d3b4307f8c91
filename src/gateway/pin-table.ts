import { type AnswerPin } from "./answer-pin.ts";

/**
 * Pins by the provider's id, bounded. When there are too many, the tenant that has most loses its oldest: nobody can push
 * out what others are to be kept from.
 */
export class PinTable {
  readonly #max: number;
  readonly #pins = new Map<string, AnswerPin>();
  /** Ids of each tenant, oldest first. */
  readonly #byTenant = new Map<string, Set<string>>();

  /** About 100 MB for 200,000. */
  constructor(max = 200_000) {
    this.#max = max;
  }

  /** False when the id is known: the first pin stays, so nobody takes over another's answer. */
  add(pin: AnswerPin): boolean {
    if (this.#pins.has(pin.answer)) return false;
    this.#pins.set(pin.answer, pin);
    const ids = this.#byTenant.get(pin.tenant) ?? new Set();
    this.#byTenant.set(pin.tenant, ids.add(pin.answer));
    if (this.#pins.size > this.#max) this.#forgetOne();
    return true;
  }

  find(answer: string): AnswerPin | undefined {
    return this.#pins.get(answer);
  }

  all(): readonly AnswerPin[] {
    return [...this.#pins.values()];
  }

  #forgetOne(): void {
    let most: [tenant: string, ids: Set<string>] | undefined;
    for (const one of this.#byTenant) if (most === undefined || one[1].size > most[1].size) most = one;
    const [tenant = "", ids] = most ?? [];
    const oldest = ids?.values().next().value;
    if (ids === undefined || oldest === undefined) return;
    ids.delete(oldest);
    this.#pins.delete(oldest);
    if (ids.size === 0) this.#byTenant.delete(tenant);
  }
}
