/** How far an attempt can be made smaller by its output cap. */
import { takenBy } from "./unit.ts";
import { type ThreadAccount } from "./thread-account.ts";

export interface Clamp {
  /** The cap that the bill's own amount is for. */
  readonly capMax: number;
  /** The least that is still of use to the client: below it the call is refused. */
  readonly capMin: number;
  /** What the attempt takes at most with this cap. Grows with the cap; `tokens` as in the bill. */
  readonly sizeAt: (cap: number) => ClampedSize;
}

export interface ClampedSize {
  /** Nanos. */
  readonly amount: bigint;
  readonly tokens?: bigint | undefined;
}

/** The largest cap up to `most` whose size fits; undefined when not even the least does. */
export function largestCap(
  { capMin, sizeAt }: Clamp,
  most: number,
  fits: (size: ClampedSize) => boolean,
): number | undefined {
  if (most < capMin || !fits(sizeAt(capMin))) return undefined;
  let [low, high] = [capMin, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(sizeAt(middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Undefined when no account is past its threshold of `clamp`, or the attempt is small enough. */
export function capUnderPressure(clamp: Clamp, accounts: readonly ThreadAccount[]): number | undefined {
  const pressed = accounts.filter(({ standing }) => standing?.clampTo !== undefined);
  if (pressed.length === 0) return undefined;
  const fits = ({ amount, tokens }: ClampedSize) =>
    pressed.every(({ meter, standing }) => {
      const taken = takenBy({ nanos: amount, tokens, isFirst: true }, meter) ?? 0n;
      return taken <= (standing?.clampTo ?? 0n);
    });
  const cap = largestCap(clamp, clamp.capMax, fits) ?? clamp.capMin;
  return cap < clamp.capMax ? cap : undefined;
}
