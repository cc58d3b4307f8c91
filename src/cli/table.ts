import { printable } from "./terminal.ts";

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand right, so that their digits do. */
  readonly isNumber?: boolean;
  text(row: Row): string;
}

/** An aligned table; `foot` is set off by a line. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], foot?: Row): string {
  const lines = [columns.map(({ title }) => title), ...rows.map(toCells)];
  if (foot !== undefined) lines.push(toCells(foot));
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const printed = lines.map(toLine);
  if (foot !== undefined) printed.splice(-1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return `${printed.join("\n")}\n`;

  function toCells(row: Row): string[] {
    return columns.map((column) => printable(column.text(row)));
  }

  function toLine(cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      return columns[index]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return padded.join("  ").trimEnd();
  }
}
