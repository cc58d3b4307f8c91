/** What was paid or promised to a provider ahead of its use, how much of it is drawn, and when it is used up. */
export { type Commitment, CommitmentsSection } from "./commitments-config.ts";
export { type Drawdown, drawDown } from "./draw-down.ts";
