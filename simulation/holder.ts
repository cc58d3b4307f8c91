/** One thread of one node, with its journal; it may stand still, and it may die. */
import { type JournalEvent } from "#events";
import { type ThreadBudgets } from "#budget";
import { type Call } from "./calls.ts";

export interface Holder {
  readonly id: string;
  readonly node: number;
  readonly slot: number;
  readonly budgets: ThreadBudgets;
  /** Outlives the thread. */
  readonly journal: JournalEvent[];
  readonly waiting: Map<number, Call>;
  readonly calls: Set<Call>;
  pausedUntil: number;
  isAlive: boolean;
}
