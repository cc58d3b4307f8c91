/** Tables and transactions for what changes: keys, tokens, budgets, alerts. Knows no rules and no secrets. */
export { Books } from "./books.ts";
export { type BooksProblem } from "./sqlite.ts";
export { type AlertState } from "./tables.ts";
export { type StoredAlert } from "./stored-alerts.ts";
export { type Change } from "./stored-audit.ts";
export { type BudgetChange, type StoredBudget } from "./stored-budgets.ts";
export { type RotationProblem, type StoredKey } from "./stored-keys.ts";
export { type StoredToken } from "./stored-tokens.ts";
