import { type AnswerFailure, type FailureKind, kindOfStatus } from "#inference";
import { textIn } from "../json-values.ts";
import { knownFailure } from "../known-failure.ts";
import { parsedFailure } from "../parsed-failure.ts";
import { isObject } from "../usage-counts.ts";

const kinds: Readonly<Record<string, FailureKind>> = {
  invalid_request_error: "invalid_request",
  authentication_error: "authentication",
  permission_error: "permission",
  insufficient_quota: "insufficient_quota",
  rate_limit_exceeded: "rate_limit",
  rate_limit_error: "rate_limit",
  model_not_found: "not_found",
  server_error: "upstream",
  server_is_overloaded: "unavailable",
};

/** Reads an error answer of OpenAI's shape, and of the many servers that come near it. */
export function decodeFailure(status: number, body: Buffer): AnswerFailure {
  const parsed = parsedFailure(body);
  return failureOf(isObject(parsed) ? (parsed["error"] ?? parsed) : parsed, status);
}

/** `status` is undefined for an error inside an accepted answer. */
export function failureOf(error: unknown, status: number | undefined): AnswerFailure {
  if (!isObject(error))
    return knownFailure({ kind: kindOf(status, undefined), code: undefined, message: String(error) });
  const code = textIn(error, "code") ?? textIn(error, "type");
  const detail = textIn(error, "message") ?? textIn(error, "detail") ?? JSON.stringify(error);
  const kind = kinds[textIn(error, "code") ?? ""] ?? kinds[textIn(error, "type") ?? ""];
  return knownFailure({ kind: kindOf(status, kind), code, message: detail });
}

/** A status says more than a word, but for money: both no money and too many calls are 429. */
function kindOf(status: number | undefined, word: FailureKind | undefined): FailureKind {
  if (status === undefined || word === "insufficient_quota") return word ?? "upstream";
  return kindOfStatus(status);
}
