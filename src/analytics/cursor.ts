/** Where a page ended, as text for the next question; good only for the question it came from. */
import { createHash } from "node:crypto";
import { err, ok, type Result } from "#std";
import { type QuestionProblem } from "./question.ts";

export type CursorKey = readonly (string | number)[];

export function encodeCursor(question: unknown, key: CursorKey): string {
  return Buffer.from(JSON.stringify([fingerprint(question), ...key])).toString("base64url");
}

/** Undefined when no cursor was given. `shape` holds one value of the right type for each part of the key. */
export function decodeCursor(
  question: unknown,
  cursor: string | undefined,
  shape: CursorKey,
): Result<CursorKey | undefined, QuestionProblem> {
  if (cursor === undefined) return ok(undefined);
  const [mark, ...key] = jsonList(Buffer.from(cursor, "base64url").toString("utf8"));
  const values = key.filter((value) => typeof value === "string" || typeof value === "number");
  const isWhole = values.length === shape.length && key.length === shape.length;
  const fits = isWhole && values.every((value, index) => typeof value === typeof shape[index]);
  if (fits && mark === fingerprint(question)) return ok(values);
  return err({ type: "bad-question", field: "cursor", detail: "Not a cursor of this question." });
}

function jsonList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [];
    throw thrown;
  }
}

function fingerprint(question: unknown): string {
  return createHash("sha256").update(JSON.stringify(question)).digest("base64url").slice(0, 10);
}
