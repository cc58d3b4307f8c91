import { type CallWatcher } from "../call.ts";
import { type Deadline } from "./deadline.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { type AttemptFailure } from "./failure.ts";

/**
 * over: the attempt is settled and in the journal, and the client is gone or has its answer once `show` was called.
 * failed: nothing was shown, nothing is settled.
 */
export type AttemptResult =
  | { readonly type: "over"; readonly isAnswered: boolean; readonly show: () => void }
  | { readonly type: "failed"; readonly failure: AttemptFailure };

export interface AttemptTerms {
  readonly attempt: DispatchedAttempt;
  /** The end of the whole call, which its attempts share. */
  readonly deadline: Deadline;
  /** Another attempt may answer when this one does not. */
  readonly mayFollow: boolean;
  readonly includesUsage: boolean;
  /** Where it is to be told what happens to the call; the call itself but for attempts beside each other. */
  readonly seat?: { watcher: CallWatcher | undefined };
  readonly race?: Race;
}

/** Attempts of one call beside each other. */
export interface Race {
  /** It is about to show the client something: the others have lost. */
  won(attempt: CallWatcher): void;
}
