/** What costs are worth: limits on what one of something may cost, revenue and margins, returns of features. Pure. */
export { TargetsSection } from "./targets-config.ts";
export { judgeTarget, type TargetVerdict, type UnitTarget } from "./unit-target.ts";
export { readRevenue, type RevenueProblem } from "./read-revenue.ts";
export { coverage, revenueWithin } from "./revenue-within.ts";
export { type CustomerFacts, type CustomerMargin, marginsOf, type MarginSpread, spreadOf } from "./margins.ts";
