/** What an attempt asks of the budgets, and what it is told. */
import { type Instant } from "#units";
import { type Clamp } from "./clamp.ts";
import { type Refusal } from "./refusal.ts";
import { type Spender } from "./scope.ts";
import { type ThreadAccount } from "./thread-account.ts";
import { type Size, takenBy } from "./unit.ts";

export interface Bill {
  readonly spender: Spender;
  /** The most that the attempt can cost, in nanos. */
  readonly amount: bigint;
  /** Input and output tokens at most. Without them a limit on tokens refuses the attempt as `tokens_unbounded`. */
  readonly tokens?: bigint | undefined;
  /** False for a retry or fallback, which is no further call; true by default. */
  readonly isFirst?: boolean | undefined;
  readonly at: Instant;
  /**
   * Given where the route allows a smaller answer. From a budget's threshold of `clamp` on, one hold takes at most a tenth of
   * what is left there, down to `capMin`; and a hold that does not fit becomes the largest that does. The cap of the
   * admission must then be sent to the provider, and told to the client.
   */
  readonly clamp?: Clamp | undefined;
  /** The route has a cheaper target: from a budget's threshold of `degrade` on the answer is to ask for that one. */
  readonly mayDegrade?: boolean | undefined;
}

/** Money set aside in each of its accounts, until it is settled or released, once. */
export interface Hold {
  /** Of the dispatch: the journal's event carries it, since it decides the periods that are charged. */
  readonly at: Instant;
  /** In nanos. */
  readonly amount: bigint;
  readonly size: Size;
  /** The output cap that made it fit; undefined when it was not made smaller. */
  readonly cap: number | undefined;
  readonly accounts: readonly ThreadAccount[];
  isEnded: boolean;
}

export type Outcome =
  | { readonly type: "admitted"; readonly hold: Hold }
  /**
   * Nothing is held. Ask again with the bill of the cheaper target and without `mayDegrade`; where there is none after all,
   * with the same bill without it. The refusal says what would have been said, when the hold did not fit.
   */
  | { readonly type: "degrade"; readonly refusal: Refusal | undefined }
  | { readonly type: "refused"; readonly refusal: Refusal };

export type Admission =
  | Outcome
  /** Slices are being called back; the port's `resolved` follows with this ticket. */
  | { readonly type: "waiting"; readonly ticket: number };

export function sizeOfBill({ amount, tokens, isFirst }: Pick<Bill, "amount" | "tokens" | "isFirst">): Size {
  return { nanos: amount, tokens, isFirst: isFirst ?? true };
}

export function isEnough(accounts: readonly ThreadAccount[], size: Size): boolean {
  for (const account of accounts) {
    const amount = takenBy(size, account.meter) ?? 0n;
    // What takes nothing passes no limit, however far others have gone beyond it.
    if (account.isClosed || (amount > 0n && account.left < amount)) return false;
  }
  return true;
}
