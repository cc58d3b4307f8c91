import { type AnswerFailure, type FailureKind, kindOfStatus } from "#inference";
import { objectIn, textIn } from "../json-values.ts";
import { isOutOfCredit, knownFailure } from "../known-failure.ts";
import { parsedFailure } from "../parsed-failure.ts";
import { isObject } from "../usage-counts.ts";

const kinds: Readonly<Record<string, FailureKind>> = {
  invalid_request_error: "invalid_request",
  authentication_error: "authentication",
  billing_error: "insufficient_quota",
  permission_error: "permission",
  not_found_error: "not_found",
  request_too_large: "too_large",
  rate_limit_error: "rate_limit",
  timeout_error: "timeout",
  api_error: "upstream",
  overloaded_error: "unavailable",
};

/** Reads an error answer of this format. */
export function decodeFailure(status: number, body: Buffer): AnswerFailure {
  return failureOf(parsedFailure(body), status);
}

/** `status` is undefined for an error inside an accepted answer. */
export function failureOf(parsed: unknown, status: number | undefined): AnswerFailure {
  const error = isObject(parsed) ? (objectIn(parsed, "error") ?? parsed) : undefined;
  if (error === undefined) {
    return { kind: status === undefined ? "upstream" : kindOfStatus(status), code: undefined, message: String(parsed) };
  }
  const code = textIn(error, "type");
  const message = textIn(error, "message") ?? JSON.stringify(error);
  // The month's spending is told with the type of a limit that passes.
  if (isOutOfCredit(textIn(objectIn(error, "details") ?? {}, "error_code"), undefined)) {
    return { kind: "insufficient_quota", code, message };
  }
  const kind = kinds[code ?? ""] ?? (status === undefined ? "upstream" : kindOfStatus(status));
  return knownFailure({ kind, code, message });
}
