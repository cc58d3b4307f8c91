/** A small seeded generator: the same seed makes the same ledger, so that two screenshots can be compared. */
export interface Chance {
  readonly unit: () => number;
  readonly pick: <Value>(values: readonly Value[]) => Value;
  readonly between: (low: number, high: number) => number;
  /** Skewed like measured latencies and lengths are; the median is given. */
  readonly around: (median: number, spread?: number) => number;
  readonly id: (prefix: string) => string;
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(unit() + 1e-12)) * Math.cos(2 * Math.PI * unit());
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(unit() * values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  };
  return {
    unit,
    pick,
    between: (low, high) => low + unit() * (high - low),
    around: (median, spread = 0.6) => median * Math.exp(normal() * spread),
    id: (prefix) => `${prefix}_${Array.from({ length: 20 }, () => letters[Math.floor(unit() * 32)]).join("")}`,
  };
}
