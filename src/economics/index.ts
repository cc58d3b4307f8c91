/** What costs are worth: limits on what one of something may cost, revenue and margins, returns of features. Pure. */
export { TargetsSection } from "./targets-config.ts";
export { judgeTarget, type UnitTarget } from "./unit-target.ts";
export { readRevenue } from "./read-revenue.ts";
export { coverage, revenueWithin } from "./revenue-within.ts";
export { type Margins, marginsOf } from "./margins.ts";
export { type EconomicsSettings, EconomicsSection } from "./economics-config.ts";
export { latencyLoss, returnOf } from "./returns.ts";
