/** Bills shared to what caused them, to the nano, with every step of how, and what is left over named. */
export { type AllocatedLine, allocate, type AllocationProblem, type ShareStep } from "./allocate.ts";
export { type AllocationRule, type Bill, type Driver, type DriverSource, type Place } from "./allocation-rule.ts";
export { correctClosed, type Correction } from "./correct-closed.ts";
export { shareOut } from "./share-out.ts";
