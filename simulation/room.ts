import type * as budget from "#budget";

/** What is simulated: the production room, or a copy of it with one bug put in. */
export type Room = Pick<
  typeof budget,
  "BudgetTable" | "EmbeddedAuthority" | "JournalFold" | "Residuals" | "ThreadBudgets"
>;
