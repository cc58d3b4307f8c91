/** Rows of a file that are to be booked, as they leave the database of its import. */
import { type SaidRow } from "#events";
import { assert } from "#std";
import { type Id } from "#units";
import { BILL_SQL, hexSql } from "./match-sql.ts";

export interface StagedRow {
  readonly line: number;
  readonly startMs: number;
  readonly bill: Id<"bill">;
  readonly content: string;
  /** Corrections so far of the bill that this is; undefined for a new one. */
  readonly corrections: number | undefined;
  /** The bill that stands has another content. */
  readonly isChange: boolean;
  readonly billedCost: string;
  /** Digest of what else decides how it is booked: values of `decidingColumns`. */
  readonly kind: string;
  /** Everything that the row says, in the order of the file's columns. */
  readonly said: SaidRow;
}

/** Between the fields of a row, or the rows of a field: none of them can hold it, and JSON has it only escaped. */
export const SEPARATOR = "\u001F";
const SEPARATOR_SQL = `chr(${SEPARATOR.charCodeAt(0)})`;

const FIELDS = [
  "line",
  "start_ms",
  BILL_SQL,
  hexSql("content"),
  "coalesce(corrections::VARCHAR, '')",
  "is_change",
  "billed_cost",
  "kind",
];

/**
 * One text a field for many rows: each text that is handed over costs most of a microsecond, whatever its length. All of a
 * query's texts have their rows in one order.
 */
export function fieldsSql(said: readonly string[]): string {
  return [...FIELDS, ...said].map((field) => `string_agg(${field}, ${SEPARATOR_SQL})`).join(", ");
}

/** One text a row, where rows are streamed. */
export function rowSql(said: readonly string[]): string {
  return `concat_ws(${SEPARATOR_SQL}, ${[...FIELDS, ...said].join(", ")})`;
}

/** `saidOf` is given what `said` was selected as. */
export function stagedRows(
  fields: readonly unknown[],
  saidOf: (said: string, size: string) => SaidRow,
): readonly StagedRow[] {
  const [lines = [], starts = [], bills = [], contents = [], corrections = [], changes = [], costs = [], ...rest] =
    fields.map((text) => (text === null ? [] : textOf(text).split(SEPARATOR)));
  const [kinds = [], said = [], sizes = []] = rest;
  return lines.map((line, row) =>
    stagedRow(
      [line, starts[row], bills[row], contents[row], corrections[row], changes[row], costs[row], kinds[row]],
      saidOf(said[row] ?? "", sizes[row] ?? ""),
    ),
  );
}

/** Of what `rowSql` gave. */
export function stagedRowOf([text]: readonly unknown[]): StagedRow {
  const fields = textOf(text).split(SEPARATOR);
  return stagedRow(fields, fields[FIELDS.length] ?? "");
}

function stagedRow(fields: readonly (string | undefined)[], said: SaidRow): StagedRow {
  const [line, startMs, bill, content = "", corrections, isChange, billedCost = "", kind = ""] = fields;
  return {
    line: Number(line),
    startMs: Number(startMs),
    bill: billId(bill),
    content,
    corrections: corrections === "" ? undefined : Number(corrections),
    isChange: isChange === "true",
    billedCost,
    kind,
    said,
  };
}

function textOf(value: unknown): string {
  assert(typeof value === "string", "rows leave the stage as text");
  return value;
}

export function billId(text: unknown): Id<"bill"> {
  return `bill_${String(text)}`;
}
