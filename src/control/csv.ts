/** A cell: text is quoted and made harmless, numbers stay numbers. */
export type Cell = string | number | bigint;

/**
 * RFC 4180. A text that a spreadsheet would run as a formula gets a `'` before it, as OWASP advises; so also with the
 * full-width signs, which spreadsheets take for the plain ones. Numbers are written by type, or negative amounts would
 * become text.
 */
export function toCsv(rows: Iterable<readonly Cell[]>): string {
  let text = "";
  for (const row of rows) text += `${row.map(encodeCell).join(",")}\r\n`;
  return text;
}

function encodeCell(cell: Cell): string {
  if (typeof cell !== "string") return cell.toString();
  const harmless = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell) ? `'${cell}` : cell;
  return `"${harmless.replaceAll('"', '""')}"`;
}
