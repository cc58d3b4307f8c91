/** Failures that clients react to by a word of their own format, with whatever status and word a provider tells them. */
import { type AnswerFailure, type FailureKind, INSUFFICIENT_QUOTA } from "#inference";
import { exceedsContext } from "./context-length.ts";

const codes: Readonly<Record<string, FailureKind>> = {
  model_not_found: "model_not_found",
  DeploymentNotFound: "model_not_found",
  not_found_error: "model_not_found",
  NOT_FOUND: "model_not_found",
  content_filter: "content_filter",
  content_policy_violation: "content_filter",
};

/** Of those that tell it as one of many invalid requests. */
const words: readonly (readonly [RegExp, FailureKind])[] = [
  // Anthropic.
  [/blocked by content filtering policy/i, "content_filter"],
  // Bedrock.
  [/provided model identifier is invalid/i, "model_not_found"],
];

/** That the account cannot pay, or may not spend more: at OpenAI in the codes below its type, at Anthropic with 402 or 429. */
const spentCodes: ReadonlySet<string> = new Set([
  INSUFFICIENT_QUOTA,
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "project_spend_limit_exceeded",
  "billing_hard_limit_reached",
  "billing_not_active",
  "billing_error",
  "enforced_spend_limit_reached",
]);

// The last is Bedrock's, for a quota of the day: of a limit that passes it says the same without the day.
const SPENT_WORDS =
  /^(?:your credit balance is too low|you have reached your specified (?:workspace )?api usage limits|too many tokens per day)/i;

/**
 * The account at the provider cannot pay, which Anthropic tells as one of many invalid requests. Only a message that begins with
 * it counts against a target: one that quotes a client's own words does not.
 */
export function isOutOfCredit(code: string | undefined, message: string | undefined): boolean {
  return (code !== undefined && spentCodes.has(code)) || (message !== undefined && SPENT_WORDS.test(message));
}

/**
 * OpenRouter weighs what a call may cost at most, by its `max_tokens` and its prompt, against what is left. Without a token that can
 * be paid no other call can be answered either.
 */
const CALL_ABOVE_CREDIT_WORDS =
  /^(?:this request requires more credits, or fewer max_tokens\. you requested up to \d+ tokens, but can only afford|prompt tokens limit exceeded: \d+ >) [1-9]/i;

export function isAboveCredit(message: string | undefined): boolean {
  return message !== undefined && CALL_ABOVE_CREDIT_WORDS.test(message);
}

/** What may say more than it does. A limit on calls or no access is said by the status, whatever the message quotes. */
const vague: ReadonlySet<FailureKind> = new Set(["invalid_request", "too_large", "not_found", "upstream"]);

export function knownFailure(failure: AnswerFailure): AnswerFailure {
  const { kind, code, message } = failure;
  if (isOutOfCredit(code, undefined)) return { ...failure, kind: "insufficient_quota" };
  if (!vague.has(kind)) return failure;
  if (exceedsContext(code, message)) return { ...failure, kind: "context_length" };
  if (isOutOfCredit(code, message)) return { ...failure, kind: "insufficient_quota" };
  const known = codes[code ?? ""] ?? words.find(([pattern]) => pattern.test(message))?.[1];
  return known === undefined ? failure : { ...failure, kind: known };
}
