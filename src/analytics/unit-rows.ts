import { type Parameters } from "./sql-text.ts";
import { keysSql, labelsSql, type Slice } from "./slice.ts";

/** Entries of a slice, in the two forms that unit costs need them in. Labels are `d0`, `d1` …, in the order of its dimensions. */
export interface RowsSql {
  readonly labels: readonly string[];
  readonly group: string;
  /** Sums of these columns, named as they are. */
  readonly sums: (columns: readonly string[]) => string;
  /** These columns of rows that are let through, with their labels: each different row once, where it still stands. */
  readonly different: (columns: readonly string[], narrowed: string) => string;
}

export function rowsSql(slice: Slice, where: string, parameters: Parameters): RowsSql {
  const labels = slice.dimensions.map((_, index) => `d${index}`);
  const [keys, labelled] = [keysSql(slice, "entry_rows", parameters), labelsSql(slice, parameters)];
  const byKeys = groupBy(slice.dimensions.map((_, index) => `k${index}`));
  // Labels of tags are looked up and parsed; all others are made in less time than telling rows apart once more takes.
  const [stands, before] = slice.dimensions.some(({ type }) => type === "tag")
    ? ["sum(stands) AS stands", "GROUP BY ALL"]
    : ["stands", ""];
  return {
    labels,
    group: groupBy(labels),
    sums: (columns) =>
      `SELECT ${list(labelled, columns)} FROM (SELECT ${list(keys, sumsOf(columns))} FROM entry_rows WHERE ${where} ${byKeys})`,
    different: (columns, narrowed) => {
      const names = columns.map((column) => column.split(" AS ").at(-1) ?? column);
      return `SELECT ${list(labelled, names)} FROM (
        SELECT ${list(keys, [...columns, stands])} FROM entry_rows WHERE ${where} AND ${narrowed} ${before}
      ) GROUP BY ALL HAVING sum(stands) > 0`;
    },
  };
}

export function groupBy(names: readonly string[]): string {
  return names.length === 0 ? "" : `GROUP BY ${names.join(", ")}`;
}

export function sumsOf(columns: readonly string[]): readonly string[] {
  return columns.map((name) => `sum(${name}) AS ${name}`);
}

export function list(before: readonly string[], more: readonly string[]): string {
  return [...before, ...more].join(", ");
}
