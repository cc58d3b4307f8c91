import { err, ok, type Result } from "#std";

interface CsvLine {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

/** RFC 4180 in one piece, with or without a byte order mark. Empty lines are passed over; a stray quote is an error. */
export function readCsvLines(
  text: string,
): Result<readonly CsvLine[], { readonly line: number; readonly detail: string }> {
  const lines: CsvLine[] = [];
  let [at, line, begun] = [text.startsWith("\uFEFF") ? 1 : 0, 1, 1];
  let cells: string[] = [];
  while (at < text.length || cells.length > 0) {
    CELL.lastIndex = at;
    const [all, quoted, plain = "", end = ""] = CELL.exec(text) ?? [];
    if (all === undefined) return err({ line, detail: "A quote stands where none may, or is not closed." });
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += all.length;
    line += all.split("\n").length - 1;
    if (end === ",") continue;
    if (cells.length > 1 || cells[0] !== "") lines.push({ line: begun, cells });
    cells = [];
    begun = line;
  }
  return ok(lines);
}
