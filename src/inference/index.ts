/** One model call in words that no provider owns: operations, usage classes, purposes, facts of asks and answers. */
export { type AnswerFacts, type AnswerEnd } from "./answer.ts";
export { type Bound, type Component, type Cost, type PinnedPrices } from "./cost.ts";
export { type FormatName, formatNames, type Operation, operations } from "./operation.ts";
export { type Purpose, purposes, type StepKind, stepKinds } from "./purpose.ts";
export { type AskFacts, type UnboundedPart } from "./ask.ts";
export { type Usage, type UsageClass, usageClasses } from "./usage.ts";
