import { type BillEvent } from "./bill-event.ts";
import {
  type AnswerRecalled,
  type AttemptCorrected,
  type AttemptDispatched,
  type AttemptSettled,
  type CallRefused,
} from "./call-event.ts";
import { type CostAdjusted } from "./cost-event.ts";
import { type StepEvent } from "./step-event.ts";

/** One line of the journal. */
export type JournalEvent =
  | AttemptDispatched
  | AttemptSettled
  | AttemptCorrected
  | AnswerRecalled
  | CostAdjusted
  | CallRefused
  | StepEvent
  | BillEvent;
