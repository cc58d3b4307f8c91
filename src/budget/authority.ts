import { type Instant } from "#units";
import { type Action } from "./budget-definition.ts";
import { type AccountName, type BudgetTable } from "./budget-table.ts";
import { type AccountTotals } from "./account-totals.ts";
import { type Unit } from "./unit.ts";
import { type HolderId, type ToAuthority, type ToHolder } from "./messages.ts";

/**
 * Owns every limit. At any time, for each account: what holders have reported + the unreported part of their slices
 * is at most the limit whenever something is granted. Answers go out through the port, perhaps later.
 */
export interface Authority {
  /** Messages of a holder count from here on. One of a restored checkpoint joins again when it is known to live. */
  join(holder: HolderId): void;
  /** What came together is answered together: all of it is known before anything is granted. */
  receive(messages: readonly ToAuthority[], now: Instant): void;
  /** Repeats what was not answered and gives up on those who stay silent. Call it every few ms while anything waits. */
  tick(now: Instant): void;
  /** The holder is gone for certain. Its slices stay taken until its journal has been read. */
  lose(holder: HolderId): void;
  /** What its journal says replaces all that it held; its slices are free again. A second time changes nothing. */
  reclaim(holder: HolderId, totals: readonly AccountTotals[], now: Instant): void;
  /** A lowered limit takes effect at once here, and in a holder when it answers the recall that this sends. */
  /**
   * Nothing is granted on budgets in `unseeded` before `seed` has said what was spent in their period before they were
   * made: their calls wait.
   */
  apply(table: BudgetTable, now: Instant, unseeded?: Iterable<string>): void;
  /** By the ledger's word, or the journals'. Counts once, and only for a budget that waits for it. */
  seed(budget: string, totals: readonly AccountTotals[], now: Instant): void;
  status(): readonly AccountStatus[];
}

export interface AuthorityPort {
  send(holder: HolderId, message: ToHolder): void;
  /** Once for each threshold, account and period. */
  reached(threshold: ReachedThreshold): void;
}

export interface ReachedThreshold {
  readonly account: AccountName;
  readonly percent: number;
  readonly action: Action;
  readonly used: bigint;
  readonly limit: bigint;
}

export interface AccountStatus {
  readonly account: AccountName;
  readonly unit: Unit;
  /** All amounts are in the unit: nanos where it is USD. */
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly inDoubt: bigint;
  readonly overrun: bigint;
  /** Granted, and not yet reported as used or given back. */
  readonly unreported: bigint;
  /** Limit − spent − held − in doubt; negative after an overrun or a lowered limit. */
  readonly left: bigint;
  /** All of what is left, when it is less than the holds that calls ask for; else nothing. */
  readonly unspendable: bigint;
}
