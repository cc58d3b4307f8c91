/** Budgets: who may still spend, asked before each attempt, in slices that no crash or lost word makes larger. */
export { type AccountStatus, type ReachedThreshold } from "./authority.ts";
export { type BudgetDefinition, BudgetsSection } from "./budget-definition.ts";
export { BudgetTable } from "./budget-table.ts";
export { EmbeddedAuthority } from "./embedded-authority.ts";
export { JournalFold } from "./journal-fold.ts";
export { type ToAuthority, type ToHolder } from "./messages.ts";
export { type Refusal } from "./refusal.ts";
export { Residuals } from "./residuals.ts";
export { ThreadBudgets } from "./thread-budgets.ts";
