/**
 * What a holder of slices (a thread) and the authority tell each other. Every figure is a running total and never a
 * difference, so that a message may be lost, repeated or overtaken without money appearing or vanishing.
 */
import { type Instant } from "#units";
import { type AccountName } from "./budget-table.ts";

/** One incarnation of one thread of one node; a restarted thread is another holder. */
export type HolderId = string;

/** The state of one account at one holder. The highest sequence is the truth; all others are old news. */
export interface SliceReport {
  readonly account: AccountName;
  readonly sequence: number;
  /** What the holder knows to have been granted, ever. */
  readonly granted: bigint;
  /** What it gave back, ever. */
  readonly returned: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly inDoubt: bigint;
  /** Charged beyond holds, ever; part of spent and inDoubt. */
  readonly overrun: bigint;
  /** The period is over, nothing is held: the holder forgets the account when this is noted. */
  readonly isClosed: boolean;
}

export interface Need {
  readonly account: AccountName;
  readonly amount: bigint;
}

export type ToAuthority =
  /** `now`: a call waits, all needs or none, slices are called back first. `ahead`: what can be spared. */
  | {
      readonly type: "ask";
      readonly id: string;
      readonly holder: HolderId;
      readonly urgency: "now" | "ahead";
      readonly needs: readonly Need[];
      readonly reports: readonly SliceReport[];
    }
  | {
      readonly type: "report";
      readonly holder: HolderId;
      readonly reports: readonly SliceReport[];
      /** Rounds of recall that this answers. */
      readonly recalls: readonly string[];
    };

export interface Grant {
  readonly account: AccountName;
  /** Granted to this holder, ever. */
  readonly granted: bigint;
  /** Revision of the budgets under which the authority spoke. */
  readonly revision: number;
}

export type ToHolder =
  | { readonly type: "grant"; readonly ask: string; readonly grants: readonly Grant[] }
  | { readonly type: "denial"; readonly ask: string; readonly refusal: Refusal }
  | { readonly type: "recall"; readonly id: string; readonly grant: Grant }
  | { readonly type: "noted"; readonly reports: readonly Pick<SliceReport, "account" | "sequence">[] };

/** We said no: facts, no prose. All amounts are nanos. */
export type Refusal = Exceeded | Unanswered;

export interface Exceeded {
  readonly code: "budget_exceeded";
  readonly budget: string;
  readonly value: string;
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly inDoubt: bigint;
  readonly left: bigint;
  readonly resetAt: Instant;
  /** Every slice was called back before this was said. False when a holder did not answer in time. */
  readonly isComplete: boolean;
}

/** A template that may open no more values; an ask that came after its period; an authority that did not answer. */
export interface Unanswered {
  readonly code: "budget_table_full" | "budget_period_over" | "budget_unreachable";
  readonly budget: string;
  readonly value: string;
  readonly resetAt: Instant;
}
