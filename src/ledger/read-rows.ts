import { type DuckDBConnection, type DuckDBType, type DuckDBValue } from "@duckdb/node-api";

export type SqlRow = Readonly<Record<string, unknown>>;

/** All rows of an answer, as they are stored. */
export async function readRows(
  connection: DuckDBConnection,
  sql: string,
  { values = [], types = [] }: { readonly values?: DuckDBValue[]; readonly types?: DuckDBType[] } = {},
): Promise<readonly SqlRow[]> {
  return (await connection.runAndReadAll(sql, values, types)).getRowObjectsJS();
}
