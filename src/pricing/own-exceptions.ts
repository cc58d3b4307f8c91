/** Rows that look impossible and are true, each with who says so. */
export interface Exception {
  readonly row: string;
  readonly source: string;
}

const exceptions: readonly Exception[] = [];

const byRow: ReadonlyMap<string, Exception> = new Map(exceptions.map((exception) => [exception.row, exception]));

export function exceptionFor(row: string): Exception | undefined {
  return byRow.get(row);
}
