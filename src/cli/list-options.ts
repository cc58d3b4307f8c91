import { err, ok, type Result } from "#std";
import { type Arguments } from "./command.ts";

export const listOptions = {
  limit: { takes: "COUNT", says: "Rows at most; 50 by default." },
  json: { says: "The rows as JSON." },
} as const;

const ROWS_MAX = 100_000;

/** How many rows are wanted. The error is a sentence. */
export function readLimit(given: Arguments): Result<number, string> {
  const text = given.one("limit") ?? "50";
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= ROWS_MAX ? ok(count) : err(`--limit: write a number from 1 to ${ROWS_MAX}`);
}
