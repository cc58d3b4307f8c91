/** One model call in words that no provider owns: operations, usage classes, purposes, facts of asks and answers. */
export {
  type AnswerFacts,
  type AnswerEnd,
  CALL_ABOVE_CREDIT,
  CONTEXT_LENGTH_EXCEEDED,
  INSUFFICIENT_QUOTA,
} from "./answer.ts";
export {
  type AnswerEvent,
  type AnswerFailure,
  type Citation,
  type FailureKind,
  type FinishReason,
  type TokenChoice,
} from "./answer-event.ts";
export { type Cloud } from "./cloud.ts";
export { type Bound, type Component, type Cost, type PinnedPrices } from "./cost.ts";
export { type DialectName, dialectNames } from "./dialect.ts";
export { type ExactCounter } from "./exact-counter.ts";
export {
  addressesOf,
  type AwsAccessKey,
  type AwsIdentity,
  type Credential,
  type Identity,
  type ServiceAccount,
} from "./identity.ts";
export { kindOfStatus, statusOfKind } from "./failure-kind.ts";
export { type FormatName, formatNames, type Operation, operations } from "./operation.ts";
export {
  type CacheMark,
  type MediaKind,
  type MediaPart,
  type MediaSource,
  type Part,
  type RefusalPart,
  type Seal,
  type TextPart,
  type ThinkingPart,
  type ToolCallPart,
  type ToolResultPart,
} from "./part.ts";
export {
  type Effort,
  efforts,
  type JsonSchema,
  type OutputShape,
  type Prompt,
  type ReasoningWish,
  type Sampling,
  type Tool,
  type ToolChoice,
  type Turn,
} from "./prompt.ts";
export { groupOperation, type Purpose, purposes, type StepKind, stepKinds } from "./purpose.ts";
export { type AskFacts, type UnboundedPart } from "./ask.ts";
export { type Usage, type UsageClass, usageClasses } from "./usage.ts";
