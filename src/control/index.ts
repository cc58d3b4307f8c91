/** The control API: permissions, sessions, answers in the contract's shapes, metrics, and the dashboard's files. */
export { BudgetChanges } from "./budget-changes.ts";
export { budgetMetrics } from "./budget-metrics.ts";
export { type LiveBudgets } from "./budget-rows.ts";
export { type Control, createControl } from "./create-control.ts";
export { type Metric } from "./metrics-text.ts";
export { promiseMetrics } from "./promise-metrics.ts";
export { type QuestionProblem } from "./question-problem.ts";
export { type AlertSource, type BackupSource, type BudgetSource, type SloSource } from "./sources.ts";
