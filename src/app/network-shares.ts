import { type Network, type World } from "#world";

/** One network for several who each name the origins that they reach: what may be reached is all of theirs together. */
export class NetworkShares {
  readonly #world: World;
  readonly #named = new Map<number, readonly string[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The same world, in which `allow` replaces only what was allowed through it. */
  share(): World {
    const { network } = this.#world;
    const place = this.#named.size;
    this.#named.set(place, []);
    const own: Network = {
      upstream: (origin, options) => network.upstream(origin, options),
      listen: (server, where) => network.listen(server, where),
      allow: (origins) => {
        this.#named.set(place, origins);
        network.allow([...this.#named.values()].flat());
      },
    };
    return { ...this.#world, network: own };
  }
}
