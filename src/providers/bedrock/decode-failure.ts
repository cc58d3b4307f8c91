import { type AnswerFailure, type FailureKind } from "#inference";
import { kindOfStatus } from "../failure-kind.ts";
import { objectIn, textIn } from "../json-values.ts";
import { parsedFailure } from "../parsed-failure.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

/** Exceptions inside a stream, without the `Exception` at their ends. */
const kinds: Readonly<Record<string, FailureKind>> = {
  validation: "invalid_request",
  throttling: "rate_limit",
  serviceUnavailable: "unavailable",
  modelTimeout: "timeout",
};

/** Reads an error answer. Its type stands in a header; the body says why. */
export function decodeFailure(status: number, body: Buffer): AnswerFailure {
  const parsed = parsedFailure(body);
  const kind = kindOfStatus(status);
  if (!isObject(parsed)) return { kind, code: undefined, message: String(parsed) };
  return { kind, code: textIn(parsed, "__type")?.replace(/^.*#/, ""), message: messageIn(parsed) };
}

/** An exception inside an accepted answer. */
export function exceptionIn(data: JsonObject): AnswerFailure {
  const code = textIn(data, "exception");
  const kind = kinds[code?.replace(/Exception$/, "") ?? ""] ?? "upstream";
  return { kind, code, message: messageIn(objectIn(data, "body") ?? {}) };
}

/** AWS writes `Message` where its front door answers in place of the model. */
function messageIn(body: JsonObject): string {
  return textIn(body, "message") ?? textIn(body, "Message") ?? JSON.stringify(body);
}
