/** The only doors outside: clock, chance, disk and network; a real one and, for simulation, others. */
export { type Chance, type Clock } from "./clock.ts";
export { type AppendFile, type Disk, type DiskProblem } from "./disk.ts";
export { type Exchange, type Network, type NetworkProblem, type Upstream, type UpstreamSink } from "./network.ts";
export { realWorld } from "./real-world.ts";
export { type World } from "./world.ts";
