/** RFC 4180 lines in UTF-8; null is an empty field. */
import { type Charge } from "./charge.ts";
import { type FocusColumn } from "./columns.ts";

export function headOf(columns: readonly FocusColumn[]): string {
  return `${columns.map(({ name }) => name).join(",")}\r\n`;
}

export function encodeRow(columns: readonly FocusColumn[], charge: Charge): string {
  return `${columns.map((column) => encodeCell(column, column.of(charge))).join(",")}\r\n`;
}

function encodeCell({ kind }: FocusColumn, value: string | undefined): string {
  if (value === undefined) return "";
  // What a client called a feature must not run as a formula in somebody's spreadsheet, as OWASP advises.
  const harmless = kind === "said" && /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value;
  return kind !== "decimal" && /[",\r\n]|^$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
