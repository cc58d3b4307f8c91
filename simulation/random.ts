/** Repeatable chance: xoshiro128**, whose period no simulation reaches. */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    // Splitmix spreads neighbouring seeds, which would otherwise begin alike.
    let mixed = seed >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let each = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
      each = Math.imul(each ^ (each >>> 13), 0xc2b2ae35);
      return (each ^ (each >>> 16)) >>> 0;
    });
  }

  /** In [0, 1). */
  next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const [third, fourth] = [c ^ a, d ^ b];
    this.#state.set([a ^ fourth, b ^ third, third ^ (b << 9), (fourth << 11) | (fourth >>> 21)]);
    return result / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both among them. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  isBelow(share: number): boolean {
    return this.next() < share;
  }

  pick<const Value>(values: readonly Value[]): Value {
    const picked = values[this.between(0, values.length - 1)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }
}
