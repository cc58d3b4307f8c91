import { type AnswerFacts, CALL_ABOVE_CREDIT, CONTEXT_LENGTH_EXCEEDED, INSUFFICIENT_QUOTA } from "#inference";
import { unreachable } from "#std";
import { type Instant } from "#units";
import { type NetworkProblem } from "#world";
import { type RefusalCode } from "../refusals.ts";
import { type UpstreamHead } from "./relay.ts";
import { askedDelayMs, forbidsRetry, isPassing } from "./retry-delay.ts";

/** An attempt that ended before the client saw anything of it. */
export interface AttemptFailure {
  /** What the client is told when there is no answer to hand on. */
  readonly code: RefusalCode;
  /** The provider's own refusal, handed on as it came when no other attempt follows. */
  readonly answer: { readonly head: UpstreamHead; readonly body: Buffer } | undefined;
  /** Of an error that was too long to be searched for our secrets, and so is not handed on. */
  readonly withheld?: UpstreamHead;
  readonly facts: AnswerFacts | undefined;
  readonly status: number | undefined;
  /** False when it is certain that not one byte reached the provider. */
  readonly wasSent: boolean;
  /** same: the same target may be asked again; next: only another one; never: nobody. */
  readonly retry: "same" | "next" | "never";
  /** A request that a provider refuses for what is in it would be refused by others and tomorrow too. */
  readonly isCallAtFault: boolean;
  readonly askedDelayMs: number | undefined;
  /** The provider named `stream_options` as what it does not take. */
  readonly rejectsStreamUsage: boolean;
}

interface Known {
  readonly facts: AnswerFacts | undefined;
  readonly status: number | undefined;
}

/** The connection failed. Nothing was sent before it stood; what a reset or silence cost is not known. */
export function failureOfNetwork(problem: NetworkProblem, known: Known): AttemptFailure {
  const { code, wasSent, retry } = networkFailures(problem.type);
  return { ...withoutAnswer(known), code, wasSent, retry };
}

/** The gateway stops, or nobody waits any more. */
export const isFinal: ReadonlySet<RefusalCode> = new Set([
  "shutting_down",
  "upstream_total_timeout",
  "deadline_exceeded",
]);

/** We gave up: a timer, or the gateway stops. Silence may have cost money, so the same target is not asked again. */
export function failureOfOurs(code: RefusalCode, known: Known): AttemptFailure {
  const retry = isFinal.has(code) ? "never" : "next";
  return { ...withoutAnswer(known), code, wasSent: true, retry };
}

function withoutAnswer(known: Known) {
  const isCallAtFault = known.status !== undefined && isOfCall(known.status);
  return { ...known, isCallAtFault, answer: undefined, askedDelayMs: undefined, rejectsStreamUsage: false };
}

// Our credential, our account's money, a model of ours that is not there, or what passes: another target may answer.
const NOT_OF_CALL: ReadonlySet<number> = new Set([401, 402, 403, 404, 408, 424, 425, 429]);

function isOfCall(status: number): boolean {
  return status >= 400 && status < 500 && !NOT_OF_CALL.has(status);
}

const CUT = { code: "upstream_cut", answer: undefined } as const;

export function failureOfAnswer({
  head,
  body,
  facts,
  isNameOurs,
  now,
}: {
  readonly head: UpstreamHead;
  readonly body: Buffer;
  readonly facts: AnswerFacts;
  /** The call names nothing at the provider but what its route does. */
  readonly isNameOurs: boolean;
  readonly now: Instant;
}): AttemptFailure {
  const { status, headers } = head;
  // It was accepted and held nothing but an error, or nothing of what was asked for.
  const isCut = status < 400 && facts.end === "cut";
  const isTooLong = facts.errorType === CONTEXT_LENGTH_EXCEEDED;
  // Anthropic says with 400 what 402 is for, OpenAI with 429.
  const isOurs = facts.errorType === INSUFFICIENT_QUOTA;
  const isCallAtFault = isTooLong || (isOfCall(status) && !isOurs) || (status === 404 && !isNameOurs);
  return {
    // An error is booked by its own word.
    ...(isCut ? CUT : { code: "upstream_no_answer", answer: { head, body } }),
    facts,
    status,
    wasSent: true,
    // The call is at fault there, but a model with a longer context may take it.
    retry: isCallAtFault && !isTooLong ? "never" : mayAskAgain(head, facts) ? "same" : "next",
    isCallAtFault,
    askedDelayMs: askedDelayMs(headers, now),
    rejectsStreamUsage: (status === 400 || status === 422) && body.includes("stream_options"),
  };
}

const LASTING: ReadonlySet<string> = new Set([CONTEXT_LENGTH_EXCEEDED, INSUFFICIENT_QUOTA, CALL_ABOVE_CREDIT]);

/** What passes, or came in an answer that was accepted. */
function mayAskAgain({ status, headers }: UpstreamHead, { errorType }: AnswerFacts): boolean {
  if (LASTING.has(errorType ?? "") || forbidsRetry(headers)) return false;
  return status < 400 || isPassing(status);
}

// Words only: what looks like data may be a part of somebody's prompt, and this goes to logs and pages.
const ERROR_WORD = /^[a-z]+(?:_[a-z]+){0,6}$/;
// Some write a status in its place, as OpenRouter does inside of a success.
const ERROR_STATUS = /^[45]\d\d$/;

/** `upstream_` and the provider's own word where it is one, else the status; undefined when nothing went wrong. */
export function errorOf(facts: AnswerFacts | undefined, status: number | undefined): string | undefined {
  const isRefused = status !== undefined && status >= 300;
  if (facts?.end !== "error" && !isRefused) return undefined;
  const word = facts?.errorType?.toLowerCase() ?? "";
  if (ERROR_WORD.test(word)) return `upstream_${word}`;
  if (isRefused) return `upstream_${status}`;
  // The status of a success would say that nothing was wrong.
  return `upstream_${ERROR_STATUS.test(word) ? word : "error"}`;
}

function networkFailures(type: NetworkProblem["type"]): Pick<AttemptFailure, "code" | "wasSent" | "retry"> {
  switch (type) {
    case "dns-failed":
      return { code: "upstream_dns", wasSent: false, retry: "same" };
    case "connect-refused":
      return { code: "upstream_refused", wasSent: false, retry: "same" };
    case "connect-timeout":
      return { code: "upstream_connect_timeout", wasSent: false, retry: "same" };
    case "tls-failed":
      return { code: "upstream_tls", wasSent: false, retry: "next" };
    case "origin-not-allowed":
      return { code: "upstream_not_allowed", wasSent: false, retry: "next" };
    case "head-too-large":
      return { code: "upstream_head_too_large", wasSent: true, retry: "next" };
    case "encoding-unreadable":
      return { code: "upstream_encoding_unreadable", wasSent: true, retry: "next" };
    case "reset":
    case "cancelled":
      return { code: "upstream_reset", wasSent: true, retry: "same" };
    default:
      return unreachable(type);
  }
}
