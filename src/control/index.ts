/** The control API: permissions, sessions, answers in the contract's shapes, metrics, and the dashboard's files. */
export { type Control, type ControlOptions, createControl } from "./create-control.ts";
export { type Labels, type Metric } from "./metrics-text.ts";
export {
  type AnalyticsSource,
  type ControlLog,
  type ControlSources,
  type KeySource,
  type QuestionProblem,
} from "./sources.ts";
