import { type AnswerFailure, type FailureKind, kindOfStatus } from "#inference";
import { objectIn, textIn } from "../json-values.ts";
import { isOutOfCredit, knownFailure } from "../known-failure.ts";
import { parsedFailure } from "../parsed-failure.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

/** Exceptions inside a stream. */
const kinds: Readonly<Record<string, FailureKind>> = {
  validationException: "invalid_request",
  throttlingException: "rate_limit",
  serviceUnavailableException: "unavailable",
  modelTimeoutException: "timeout",
};

/** Reads an error answer. Its type stands in a header; the body says why. */
export function decodeFailure(status: number, body: Buffer): AnswerFailure {
  const parsed = parsedFailure(body);
  // The model behind Bedrock failed: nothing is wrong with the request.
  const kind = status === 424 ? "upstream" : kindOfStatus(status);
  if (!isObject(parsed)) return { kind, code: undefined, message: String(parsed) };
  return failureOf(kind, { code: textIn(parsed, "__type")?.replace(/^.*#/, ""), body: parsed });
}

/** An exception inside an accepted answer. */
export function exceptionIn(data: JsonObject): AnswerFailure {
  const code = textIn(data, "exception");
  return failureOf(kindOfException(code), { code, body: objectIn(data, "body") ?? {} });
}

/** A quota of the day is told as one of many limits that pass. */
function failureOf(
  kind: FailureKind,
  { code, body }: { readonly code: string | undefined; readonly body: JsonObject },
): AnswerFailure {
  const message = messageIn(body);
  return knownFailure({ kind: isOutOfCredit(undefined, message) ? "insufficient_quota" : kind, code, message });
}

export function kindOfException(type: string | undefined): FailureKind {
  return kinds[type ?? ""] ?? "upstream";
}

/** AWS writes `Message` where its front door answers in place of the model. */
function messageIn(body: JsonObject): string {
  return textIn(body, "message") ?? textIn(body, "Message") ?? JSON.stringify(body);
}
