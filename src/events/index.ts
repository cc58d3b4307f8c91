/** What the journal says happened: the waist that the gateway writes and everything after it reads. */
export {
  type AttemptCorrected,
  type AttemptDispatched,
  type AttemptSettled,
  type AttemptState,
  type CallRefused,
  type JournalEvent,
  type Settlement,
} from "./event.ts";
export { type Attribution, type ClaimedValues, type Dimension, dimensions } from "./attribution.ts";
export { decodeEvent, encodeEvent, type EventProblem } from "./event-json.ts";
