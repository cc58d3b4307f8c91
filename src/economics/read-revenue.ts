/** A table of revenue as CSV: what a customer paid for a period. Strict: one wrong line and nothing is taken. */
import { err, ok, type Result } from "#std";
import { type Instant, instant, type Money, parseMoney } from "#units";
import { readCsvLines } from "./read-csv-lines.ts";

interface RevenueRow {
  /** In the file; the head is line 1. */
  readonly line: number;
  readonly customer: string;
  readonly from: Instant;
  /** Not in the period. */
  readonly to: Instant;
  readonly nanos: Money;
  readonly reference: string;
}

interface RevenueProblem {
  readonly line: number;
  readonly detail: string;
}

const required = ["customer", "from", "to", "amount", "currency"] as const;
const known: readonly string[] = [...required, "reference"];
const ROWS_MAX = 50_000;
const PROBLEMS_MAX = 100;
const PERIOD_MS_MAX = 10 * 366 * 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Days begin at 00:00 UTC. The error has the first hundred wrong lines. */
export function readRevenue(
  text: string,
  { currency }: { readonly currency: string },
): Result<readonly RevenueRow[], readonly RevenueProblem[]> {
  const lines = readCsvLines(text);
  if (!lines.ok) return err([lines.error]);
  const [head, ...rest] = lines.value;
  const wrongHead = headProblem(head?.cells ?? []);
  if (head === undefined || wrongHead !== undefined)
    return err([{ line: 1, detail: wrongHead ?? "The file is empty." }]);
  if (rest.length > ROWS_MAX) return err([{ line: ROWS_MAX + 2, detail: `More than ${ROWS_MAX} rows; cut the file.` }]);
  return takeRows(rest, (line, cells) => readRow(cells, { names: head.cells, line, currency }));
}

function takeRows(
  lines: readonly { readonly line: number; readonly cells: readonly string[] }[],
  read: (line: number, cells: readonly string[]) => Result<RevenueRow, string>,
): Result<readonly RevenueRow[], readonly RevenueProblem[]> {
  const rows = new Map<string, RevenueRow>();
  const problems: RevenueProblem[] = [];
  for (const { line, cells } of lines) {
    const row = read(line, cells);
    if (!row.ok) {
      problems.push({ line, detail: row.error });
      continue;
    }
    const before = rows.get(keyOf(row.value));
    if (before === undefined) rows.set(keyOf(row.value), row.value);
    else problems.push({ line, detail: `Says the same customer, period and reference as line ${before.line}.` });
  }
  return problems.length === 0 ? ok([...rows.values()]) : err(problems.slice(0, PROBLEMS_MAX));
}

function keyOf({ customer, from, to, reference }: RevenueRow): string {
  return JSON.stringify([customer, from, to, reference]);
}

function headProblem(names: readonly string[]): string | undefined {
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) return `The first line must name the columns; ${missing.join(", ")} are missing.`;
  const unknown = names.find((name, at) => !known.includes(name) || names.indexOf(name) !== at);
  return unknown === undefined ? undefined : `Column ${JSON.stringify(unknown)} is not known, or comes twice.`;
}

function readRow(
  cells: readonly string[],
  { names, line, currency }: { readonly names: readonly string[]; readonly line: number; readonly currency: string },
): Result<RevenueRow, string> {
  if (cells.length !== names.length) return err(`Has ${cells.length} cells in place of ${names.length}.`);
  const cell = (name: string) => cells[names.indexOf(name)] ?? "";
  const [customer, reference] = [cell("customer"), cell("reference")];
  const [from, to] = [readInstant(cell("from")), readInstant(cell("to"))];
  const nanos = parseMoney(cell("amount"));
  if (!isName(customer)) return err("customer: write 1 to 128 bytes without control characters.");
  if (reference !== "" && !isName(reference))
    return err("reference: write at most 128 bytes without control characters.");
  if (from === undefined || to === undefined)
    return err("from, to: write days such as 2026-11-01, or RFC 3339 instants.");
  if (from >= to) return err("to: must be after from; it is not in the period.");
  if (to - from > PERIOD_MS_MAX) return err("to: a period is at most ten years.");
  if (!nanos.ok) return err("amount: write a plain decimal with at most nine places, such as 1200.50.");
  if (cell("currency") !== currency) return err(`currency: only ${currency}, the book currency, is taken.`);
  return ok({ line, customer, from, to, nanos: nanos.value, reference });
}

function isName(text: string): boolean {
  return text !== "" && Buffer.byteLength(text) <= 128 && !/\p{Cc}/u.test(text);
}

/** A day that is none, such as 2026-02-30, is read by nobody. */
function readInstant(text: string): Instant | undefined {
  const isDay = DAY.test(text);
  if (!isDay && !INSTANT.test(text)) return undefined;
  const at = Date.parse(isDay ? `${text}T00:00:00Z` : text);
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at) || Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text.slice(0, 10))
    return undefined;
  return instant(at);
}
