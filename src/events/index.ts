/** What the journal says happened: the waist that the gateway writes and everything after it reads. */
export {
  type AnswerRecalled,
  type AttemptCorrected,
  type AttemptDispatched,
  type AttemptSettled,
  type AttemptState,
  type CallRefused,
  type Settlement,
} from "./call-event.ts";
export { type JournalEvent } from "./event.ts";
export { type Attribution, type ClaimedValues, type Dimension, dimensions } from "./attribution.ts";
export {
  type Outcome,
  type OutcomeCorrected,
  type OutcomeRecorded,
  type Step,
  type StepCorrected,
  type StepEvent,
} from "./step-event.ts";
export { type Bill, type BillBooked, type BillCorrected, type BillEvent, type BillKind } from "./bill-event.ts";
export { type BillsBooked, type Layer, layers } from "./bill-event.ts";
export { objectOf, RowPacker, type SaidRow, unpackRows, valuesOf, withValue } from "./packed-rows.ts";
export { type AdjustedCost, type CostAdjusted } from "./cost-event.ts";
export { type EventProblem } from "./event-fields.ts";
export { decodeEvent, encodeEvent } from "./event-json.ts";
