/** Steps and outcomes from anywhere: spans of every dialect and posts, split, priced once and journaled. */
export { Intake } from "./intake.ts";
export { type LedgerMemory, type SeenCall } from "./ledger-port.ts";
export { type PostedOutcome, type PostedStep, takePostedOutcome, takePostedSteps } from "./posted.ts";
export { type Sender } from "./step-facts.ts";
export { type IntakeProblem } from "./step-journal.ts";
export { type StepRate, StepRatesSection } from "./step-rates.ts";
export { takeTraces } from "./take-traces.ts";
