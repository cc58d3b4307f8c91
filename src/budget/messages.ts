/**
 * What a holder of slices (a thread) and the authority tell each other. Every figure is a running total and never a
 * difference, so that a message may be lost, repeated or overtaken without money appearing or vanishing.
 */
import { type AccountName } from "./budget-table.ts";
import { type Refusal } from "./refusal.ts";

/** One incarnation of one thread of one node; a restarted thread is another holder. */
export type HolderId = string;

/** The state of one account at one holder. The highest sequence is the truth; all others are old news. */
export interface SliceReport {
  readonly account: AccountName;
  /** Of the account in this holder's memory: one that was forgotten and comes back is born again, with nothing. */
  readonly birth: number;
  readonly sequence: number;
  /** What the holder knows to have been granted, since its birth. */
  readonly granted: bigint;
  /** What it gave back, since its birth. */
  readonly returned: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly inDoubt: bigint;
  /** Charged beyond holds; part of spent and inDoubt. */
  readonly overrun: bigint;
  /** Nothing is held, and its period is over or nobody used it for long: it is forgotten when this is noted. */
  readonly isClosed: boolean;
}

export interface Need {
  readonly account: AccountName;
  readonly amount: bigint;
}

/**
 * A ticket is one waiting call of a holder, or one ask ahead; the number grows with each time that the holder asks for
 * anything. Of one ticket only the ask with the highest number counts, so an ask that comes late or again is dropped.
 */
export interface AskName {
  readonly ticket: number;
  readonly number: number;
}

export type ToAuthority = {
  readonly holder: HolderId;
  readonly reports: readonly SliceReport[];
  /** No call with a lower ticket waits any more. */
  readonly openFrom: number;
} & (
  | {
      readonly type: "ask";
      readonly name: AskName;
      /** `now`: a call waits, all needs or none, slices are called back first. `ahead`: what can be spared. */
      readonly urgency: "now" | "ahead";
      readonly needs: readonly Need[];
    }
  | {
      readonly type: "report";
      /** Rounds of recall that this answers. */
      readonly recalls: readonly string[];
    }
  /** The holder's last word: nothing runs there, and all of its accounts are closed. */
  | { readonly type: "leave" }
);

/** What the authority knew of an account when it spoke. Holders go on meanwhile, so it is near the truth, not exact. */
export interface Standing {
  /** Undefined when the budget only alerts. */
  readonly limit: bigint | undefined;
  /** Limit − spent − held − in doubt, of all holders. */
  readonly left: bigint;
  /** What of it this holder had reported as used. */
  readonly usedHere: bigint;
  /** The threshold of `clamp` is reached: one hold should take no more than this. */
  readonly clampTo: bigint | undefined;
  /** The threshold of `degrade` is reached. */
  readonly isDegrading: boolean;
}

export interface Grant {
  readonly account: AccountName;
  /** Of the account that it is for; one born later knows nothing of it. */
  readonly birth: number;
  /** Granted to this holder since that birth. */
  readonly granted: bigint;
  /** Of the budgets under which the slice was last made larger; in a recall, of those in force. */
  readonly revision: number;
  readonly standing: Standing;
}

export interface Noted {
  readonly account: AccountName;
  readonly sequence: number;
  /** Undefined for an account that the authority does not keep. */
  readonly standing: Standing | undefined;
}

export type ToHolder =
  | { readonly type: "grant"; readonly ask: AskName; readonly grants: readonly Grant[] }
  /** `free`: what this holder could have had of the account that was short. */
  | { readonly type: "denial"; readonly ask: AskName; readonly refusal: Refusal; readonly free: bigint }
  /** The ask waits for slices to come back: nobody has forgotten it. */
  | { readonly type: "heard"; readonly ask: AskName }
  | { readonly type: "recall"; readonly id: string; readonly grant: Grant }
  /** A threshold of `clamp` or `degrade` was reached, or is no longer. */
  | { readonly type: "standing"; readonly grant: Grant }
  | { readonly type: "noted"; readonly reports: readonly Noted[] };

export function isSameAsk(left: AskName | undefined, right: AskName): boolean {
  return left?.ticket === right.ticket && left.number === right.number;
}
