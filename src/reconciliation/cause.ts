/**
 * Why the report and the ledger differ. `bypass`: used without the gateway. `tier`: the same tokens, billed in another
 * tier. `price`: the same tokens at another rate. `rounding`: each side rounds at another place. `lag`: the report is
 * not finished yet. `double_count`: booked more than once. `lost_day`: one side has nothing of that day. `unsettled`:
 * within what the ledger says is in doubt or estimated. `unexplained`: none of these; never hidden in another.
 */
export const causes = [
  "bypass",
  "tier",
  "price",
  "rounding",
  "lag",
  "credit",
  "tax",
  "double_count",
  "lost_day",
  "unsettled",
  "unexplained",
] as const;
export type Cause = (typeof causes)[number];
