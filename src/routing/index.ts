/** Route and state to a flat list of attempts, made before the first byte goes out. */
export { type CallToPlan } from "./plan-attempts.ts";
export { describeChoice, type PlannedAttempt } from "./planned-attempt.ts";
export { resolveModel, type RouteTable } from "./resolve-model.ts";
export { keysOf, type Provider, type Route, type Target } from "./route.ts";
export { Router, type TargetReport } from "./router.ts";
export { routingSections } from "./routing-config.ts";
