/** Route and state to a flat list of attempts, made before the first byte goes out. */
export { planAttempts, type PlannedAttempt } from "./plan-attempts.ts";
export { type ModelProblem, resolveModel, type ResolvedModel, type RouteTable } from "./resolve-model.ts";
export { type Provider, type Route, type Target, type Timeouts } from "./route.ts";
export { routingSections } from "./routing-config.ts";
