/** Steps and outcomes from anywhere: spans of every dialect and posted steps, split, priced once and written to the journal. */
export { answerTraces } from "./answer-traces.ts";
export { type IncomingStep, Intake, type IntakeProblem, type TakenSteps } from "./intake.ts";
export { type LedgerMemory, type SeenCall } from "./ledger-port.ts";
export { readTraces, TRACES_BYTES_MAX, type TracesProblem } from "./read-traces.ts";
export { type Sender } from "./step-facts.ts";
export { type StepRate, StepRatesSection } from "./step-rates.ts";
