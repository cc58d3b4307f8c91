/** Where the authority of one history lives, and what it is told and asked. */
import { type AccountStatus, type BudgetDefinition, type BudgetTable, type ToAuthority, type ToHolder } from "#budget";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type Instant } from "#units";
import { type Holder } from "./holder.ts";

/** One life of one thread: where it sits, and the number that no other life has. */
export interface Seat {
  readonly node: number;
  readonly slot: number;
  readonly life: number;
}

export interface Opening {
  readonly holder: string;
  readonly table: BudgetTable;
}

export interface Site {
  join(seat: Seat): Opening;
  receive(messages: readonly ToAuthority[], now: Instant): void;
  tick(now: Instant): void;
  change(definitions: readonly BudgetDefinition[], now: Instant): void;
  /** A thread has died. */
  lost(holder: Holder): void;
  /** That has been noticed, and its journal can be read. */
  reclaim(holder: Holder, now: Instant): Promise<void>;
  /** The authority dies; with it all threads, where it is in their process. */
  die(): Promise<void>;
  /** It lives again. */
  restart(living: readonly Holder[], unread: readonly Holder[]): Promise<void>;
  /** A thread wants to book what a stored answer has cost. */
  claim(holder: Holder, answer: string, told: (isGranted: boolean) => void): void;
  status(): readonly AccountStatus[];
  /** What was left in doubt a day ago and is to be released now; nothing where that is told to threads. */
  residualsDue(now: Instant): readonly AttemptCorrected[];
  /** What a thread has journalled of doubt. */
  hearDoubts(events: readonly JournalEvent[]): void;
}

/** Who hears what the authority says. */
export interface Listeners {
  toHolder(holder: string, message: ToHolder): void;
  reached(key: string): void;
}
