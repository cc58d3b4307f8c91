import { err, ok, type Result } from "#std";
import { type Listed } from "./api-client.ts";
import { type Arguments, type Asked } from "./command.ts";
import { type Terminal } from "./terminal.ts";

export const listOptions = {
  limit: { takes: "COUNT", says: "Rows at most; 50 by default." },
  json: { says: "The rows as JSON." },
} as const;

/** An answer with the rows of all its pages. `isCut`: there are more of them. */
export interface Whole<Answer> {
  readonly answer: Answer;
  readonly isCut: boolean;
}

const ROWS_MAX = 100_000;

/** How many rows are wanted. The error is a sentence. */
export function readLimit(given: Arguments): Result<number, string> {
  const text = given.one("limit") ?? "50";
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= ROWS_MAX ? ok(count) : err(`--limit: write a number from 1 to ${ROWS_MAX}`);
}

/** The rows as text or, where it is asked for, as JSON; what is said of a list that was cut is no part of either. */
export function printRows<Row>(
  { given, terminal }: Asked,
  { rows, isCut }: Listed<Row>,
  toText: (rows: readonly Row[]) => string,
): void {
  terminal.out(given.has("json") ? `${JSON.stringify(rows, null, 2)}\n` : toText(rows));
  if (isCut) sayCut(terminal, rows.length);
}

export function sayCut(terminal: Terminal, count: number): void {
  terminal.error(
    `tare: these are the first ${count} rows, and there are more: --limit shows more where there is one\n`,
  );
}
