declare const brand: unique symbol;
/** Milliseconds since 1970-01-01T00:00:00Z, from `world.clock` or parsed at a border. */
export type Instant = number & { readonly [brand]: "Instant" };

export function instant(epochMs: number): Instant {
  return epochMs as Instant;
}
