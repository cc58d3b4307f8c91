import { expect, it } from "vitest";
import { openDuckDbStore } from "./duckdb-store.ts";

it("texts are told by the hash that stands in files: where DuckDB makes another of them, SCHEMA_VERSION has to be raised", async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const store = opened.value;
  const sql =
    "SELECT hash(12::UINTEGER, 'interaction_1')::VARCHAR AS interaction, hash('call_1')::VARCHAR AS call FROM range(1)";
  expect(await store.query(sql, [])).toEqual([{ interaction: "10830889342362461875", call: "13747474384456343782" }]);
  store.close();
});
