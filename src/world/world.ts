import { type Chance, type Clock } from "./clock.ts";
import { type Disk } from "./disk.ts";
import { type Network } from "./network.ts";

/** Everything outside that the program may touch. */
export interface World {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly network: Network;
}
