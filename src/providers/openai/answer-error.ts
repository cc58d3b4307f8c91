import { INSUFFICIENT_QUOTA } from "#inference";
import { type AnswerNotes } from "../answer-notes.ts";
import { type JsonFindings } from "../json-findings.ts";

interface ErrorSlots {
  readonly error: number;
  readonly "error.code": number;
  readonly "error.type": number;
  readonly "error.message": number;
}

interface ObjectSlots extends ErrorSlots {
  readonly object: number;
  readonly message: number;
}

/** An error as an object, as a text, or in the place of the answer itself: servers that come near OpenAI have all three. */
export function noteErrorIn(notes: AnswerNotes, found: JsonFindings, at: ObjectSlots): void {
  const kind = found.kind(at.error);
  if (kind === "object") notes.noteError(errorTypeOf(found, at), found.text(at["error.message"]));
  else if (kind === "string") notes.noteError(undefined, found.text(at.error));
  else if (found.opens(at.object, '"error"')) notes.noteError(undefined, found.text(at.message));
}

/** The error's code, which is finer than its type but where that speaks of money; some back-ends write an HTTP status as a number. */
export function errorTypeOf(found: JsonFindings, at: ErrorSlots): string | undefined {
  const type = found.text(at["error.type"]);
  if (type === INSUFFICIENT_QUOTA) return type;
  const code = found.kind(at["error.code"]) === "number" ? found.raw(at["error.code"]) : found.text(at["error.code"]);
  return code ?? type;
}
