/** RFC 4180 for tests: an empty field that is not quoted is null. */
import { type Table } from "./conformance.ts";

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/gy;

export function readCsv(text: string): Table {
  const lines: (string | null)[][] = [[]];
  for (const [all, quoted, plain = "", end] of text.matchAll(FIELD)) {
    lines.at(-1)?.push(quoted === undefined ? (plain === "" ? null : plain) : quoted.replaceAll('""', '"'));
    if (end === "" || all === "") break;
    if (end !== ",") lines.push([]);
  }
  const [head = [], ...rows] = lines.filter((line) => line.length > 1);
  const columns = head.map(String);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place] ?? null]))),
  };
}
