/** One thread of one node, with its journal; it may stand still, and it may die. */
import { type ThreadBudgets } from "#budget";
import { type JournalEvent } from "#events";
import { type AnswerClaims } from "../src/app/answer-claims.ts";
import { type Call } from "./calls.ts";
import { type DiskJournal } from "./disk-journal.ts";

/** What a thread said last of an account, by its birth in that thread's memory. */
export interface Life {
  readonly birth: number;
  readonly spent: bigint;
  readonly inDoubt: bigint;
}

export interface Holder {
  readonly id: string;
  readonly node: number;
  readonly slot: number;
  /** Of all lives in this history the how manieth. */
  readonly life: number;
  readonly budgets: ThreadBudgets;
  /** Outlives the thread. */
  readonly journal: DiskJournal;
  readonly waiting: Map<number, Call>;
  readonly claims: AnswerClaims;
  readonly calls: Set<Call>;
  /** By account: the sums of its earlier lives, and its last. */
  readonly lives: Map<
    string,
    { readonly before: { readonly spent: bigint; readonly inDoubt: bigint }; readonly last: Life }
  >;
  /** What it has journalled of doubt and told nobody. */
  doubtful: JournalEvent[];
  pausedUntil: number;
  isAlive: boolean;
}
