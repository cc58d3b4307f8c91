import { type Deadline } from "./deadline.ts";
import { type PreparedCall } from "./prepare.ts";
import { type FittedCalls } from "./translate.ts";

/** What all attempts of a call share. */
export interface Walking {
  /** The call as its client sent it. */
  readonly asked: PreparedCall;
  readonly deadline: Deadline;
  readonly fitted: FittedCalls;
}
