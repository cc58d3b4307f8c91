import { type DuckDBConnection } from "@duckdb/node-api";
import { type SqlSource } from "./sql-source.ts";

type Questions = Omit<SqlSource, "atOneMoment">;

/** Asks inside one transaction of the connection, which sees what was committed before it began and nothing later. */
export async function askAtOneMoment<Value>(
  connection: DuckDBConnection,
  questions: Questions,
  ask: (source: SqlSource) => Promise<Value>,
): Promise<Value> {
  const source: SqlSource = { ...questions, atOneMoment: (inside) => inside(source) };
  await connection.run("BEGIN TRANSACTION READ ONLY");
  try {
    return await ask(source);
  } finally {
    // Nothing was written, and a question that failed leaves nothing that could be committed.
    await connection.run("ROLLBACK");
  }
}
