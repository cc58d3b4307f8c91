import { type JsonFindings } from "../json-findings.ts";

interface ErrorSlots {
  readonly error: number;
  readonly "error.code": number;
  readonly "error.type": number;
}

/** The error's code, which is finer than its type; some back-ends write an HTTP status as a number. */
export function errorTypeOf(found: JsonFindings, at: ErrorSlots): string | undefined {
  const code = found.kind(at["error.code"]) === "number" ? found.raw(at["error.code"]) : found.text(at["error.code"]);
  return code ?? found.text(at["error.type"]);
}
