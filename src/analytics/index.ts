/** Questions over the ledger and their answers: spend, entries, calls, interactions, latency, errors and totals. */
export { Analytics, type AnalyticsOptions } from "./analytics.ts";
export { type GoodCount, type ObjectiveQuestion } from "./objective.ts";
export { askFocusRange, askFocusUses } from "./focus-uses.ts";
export { askProviderDays } from "./provider-days.ts";
export { type QuestionProblem } from "./question.ts";
export { askStandingEntries, type StandingEntry } from "./standing-entries.ts";
export { StepMemory } from "./step-memory.ts";
