/** Tells Tare what an interaction did beside its model calls: steps with time and money, and what came of it. */
export { type About } from "./about.ts";
export { createTare, type Outcome, type StepOptions, type Tare, type TareOptions } from "./tare.ts";
export { type StepKind } from "./span.ts";
