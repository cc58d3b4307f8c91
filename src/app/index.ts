/** Composition: the processes and threads of Tare, and what joins them; the one room that constructs the others. */
export { limitsOfRoutes } from "./route-limits.ts";
export { holdsOfRoutes, type RouteHold, typicalCall } from "./route-holds.ts";
export { runRestore } from "./run-restore.ts";
export { runSetAside } from "./run-set-aside.ts";
export { runDemo } from "./run-demo.ts";
export { latestPriceCheck } from "./price-check.ts";
export { forecastStorage } from "./storage-forecast.ts";
export { runUp } from "./run-up.ts";
export { listenOrigin } from "./listen-origin.ts";
export { tryIdentities } from "#gateway";
