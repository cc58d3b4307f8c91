import type * as budget from "#budget";

export type Hold = Parameters<budget.ThreadBudgets["settle"]>[0];
export type Admission = ReturnType<budget.ThreadBudgets["admit"]>;

/** What is simulated: the production room, or a copy of it with one bug put in. */
export type Room = Pick<
  typeof budget,
  "BudgetTable" | "EmbeddedAuthority" | "JournalFold" | "Residuals" | "ThreadBudgets"
>;
