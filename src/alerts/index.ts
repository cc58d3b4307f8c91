/** Alerts: what somebody must know of budgets and prices, told once to a webhook, and kept until it has arrived. */
export { type AlertNews } from "./alert-news.ts";
export { type AlertSettings, AlertsSection, webhookProblem } from "./alerts-config.ts";
export { Alerts } from "./alerts.ts";
export {
  burnWindows,
  type GoodCount,
  judgeObjective,
  type Objective,
  type ObjectiveState,
  type Promised,
} from "./objective.ts";
export { ObjectivesSection } from "./objectives-config.ts";
