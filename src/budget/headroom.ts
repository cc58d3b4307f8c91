/** What is left of the limits that hold a call, for the headers of its answer. */
import { type Instant } from "#units";
import { type BudgetTable } from "./budget-table.ts";
import { type ThreadAccount } from "./thread-account.ts";
import { type Unit } from "./unit.ts";

export interface Room {
  readonly budget: string;
  readonly value: string;
  /** Both in the budget's unit. Left is never below zero. */
  readonly limit: bigint;
  readonly left: bigint;
  /** The last instant that a date can hold where nothing ends. */
  readonly resetAt: Instant;
}

/** Of each unit the limit with the least left; absent where no limit of that unit holds the call. */
export type Headroom = Readonly<Partial<Record<Unit, Room>>>;

/** The authority's word, and what this thread used since it spoke: what other threads used meanwhile is not in it. */
export function headroomOf(accounts: readonly ThreadAccount[], table: BudgetTable): Headroom {
  const rooms: Partial<Record<Unit, Room>> = {};
  for (const { name, standing, used } of accounts) {
    const budget = table.budget(name.budget);
    if (standing?.limit === undefined || budget === undefined) continue;
    const left = standing.left - (used - standing.usedHere);
    const { unit } = budget.definition;
    const known = rooms[unit];
    if (known !== undefined && known.left <= left) continue;
    const { budget: id, value, to: resetAt } = name;
    rooms[unit] = { budget: id, value, limit: standing.limit, left: left > 0n ? left : 0n, resetAt };
  }
  return rooms;
}
