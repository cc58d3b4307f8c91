import { BIGINT, type DuckDBConnection } from "@duckdb/node-api";
import { type StepKind } from "#inference";
import { type Instant } from "#units";
import { readRows } from "./read-rows.ts";

/** What is past its time. Undefined for what is kept forever. */
export interface Retirement {
  /** Entries and outcomes incurred, and refusals said, before this. */
  readonly before: Instant | undefined;
  /** Entries of steps that applications report of themselves, model calls and embeddings apart. */
  readonly stepsBefore: Instant | undefined;
  /** Segments that will be deleted: the ledger forgets that it has loaded them, as if they had never been. */
  readonly segments: readonly string[];
}

/** How many rows a retirement would delete; nothing is written when there are none. */
export async function countRetired(connection: DuckDBConnection, { before, stepsBefore }: Retirement): Promise<number> {
  let rows = 0;
  for (const { table, where, until } of conditions({ before, stepsBefore })) {
    const sql = `SELECT count(*) AS rows FROM ${table} WHERE ${where}`;
    const [row] = await readRows(connection, sql, { values: [BigInt(until)], types: [BIGINT] });
    rows += Number(row?.["rows"]);
  }
  return rows;
}

/** In the caller's transaction. Gives the quarter hours of the entries. */
export async function deleteRetired(connection: DuckDBConnection, what: Retirement): Promise<ReadonlySet<number>> {
  const quarters = new Set<number>();
  for (const { table, where, until } of conditions(what)) {
    const condition = { values: [BigInt(until)], types: [BIGINT] };
    if (table === "entry_rows") {
      const found = await readRows(connection, `SELECT DISTINCT quarter FROM entry_rows WHERE ${where}`, condition);
      for (const row of found) quarters.add(Number(row["quarter"]));
    }
    await connection.run(`DELETE FROM ${table} WHERE ${where}`, condition.values, condition.types);
  }
  return quarters;
}

/** What applications report of themselves. Calls, hits of the cache, bills and what meters measured stay as long as the ledger. */
const stepsOfApplications: readonly StepKind[] = ["retrieval", "tool", "guard", "judge", "review", "custom"];

function conditions({ before, stepsBefore }: Omit<Retirement, "segments">) {
  const ofAll = [
    { table: "entry_rows", where: "incurred_at < $1" },
    { table: "refusal_rows", where: "refused_at < $1" },
    { table: "outcome_rows", where: "happened_at < $1" },
    { table: "kept_rows", where: "last_at < $1" },
  ];
  const names = stepsOfApplications.map((kind) => `'${kind}'`).join(", ");
  const steps = `kind IN (SELECT code FROM words WHERE word IN (${names}))`;
  return [
    ...(before === undefined ? [] : ofAll.map((each) => ({ ...each, until: before }))),
    ...(stepsBefore === undefined
      ? []
      : [{ table: "entry_rows", where: `incurred_at < $1 AND ${steps}`, until: stepsBefore }]),
  ];
}
