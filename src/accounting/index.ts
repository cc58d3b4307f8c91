/** Bills shared to what caused them, to the nano, with every step of how, and what is left over named. */
export { allocate } from "./allocate.ts";
export { AllocationSection } from "./allocation-config.ts";
export { type AllocationRule, type AllocationRules, type Bill } from "./allocation-rule.ts";
export { Allocations, type ClosingProblem } from "./allocations.ts";
