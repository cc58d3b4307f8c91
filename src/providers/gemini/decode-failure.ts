import { type AnswerFailure, type FailureKind, kindOfStatus } from "#inference";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { knownFailure } from "../known-failure.ts";
import { parsedFailure } from "../parsed-failure.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

const kinds: Readonly<Record<string, FailureKind>> = {
  INVALID_ARGUMENT: "invalid_request",
  FAILED_PRECONDITION: "invalid_request",
  OUT_OF_RANGE: "invalid_request",
  UNAUTHENTICATED: "authentication",
  PERMISSION_DENIED: "permission",
  NOT_FOUND: "not_found",
  RESOURCE_EXHAUSTED: "rate_limit",
  UNAVAILABLE: "unavailable",
  DEADLINE_EXCEEDED: "timeout",
  INTERNAL: "upstream",
};

/** Reads an error answer of this format; in a stream that is an array it stands in one. */
export function decodeFailure(status: number, body: Buffer): AnswerFailure {
  const parsed = parsedFailure(body);
  return failureOf(Array.isArray(parsed) ? parsed[0] : parsed, status);
}

/** `status` is undefined for an error inside an accepted answer. */
export function failureOf(parsed: unknown, status: number | undefined): AnswerFailure {
  const byStatus = status === undefined ? "upstream" : kindOfStatus(status);
  if (!isObject(parsed)) return { kind: byStatus, code: undefined, message: String(parsed) };
  const error = objectIn(parsed, "error") ?? parsed;
  const code = textIn(error, "status");
  const message = textIn(error, "message") ?? JSON.stringify(error);
  if (quotaIdsIn(error).some(isQuotaOfDay)) return { kind: "insufficient_quota", code, message };
  return knownFailure({ kind: status === undefined ? (kinds[code ?? ""] ?? byStatus) : byStatus, code, message });
}

/** Google's names of its quotas tell their period; how long it asks to wait is a minute's for all of them. */
export function isQuotaOfDay(quotaId: string): boolean {
  return quotaId.includes("PerDay");
}

function quotaIdsIn(error: JsonObject): readonly string[] {
  return objectsIn(error, "details")
    .flatMap((detail) => objectsIn(detail, "violations"))
    .map((violation) => textIn(violation, "quotaId") ?? "");
}
