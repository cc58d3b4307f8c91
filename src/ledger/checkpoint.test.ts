import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, expect, it } from "vitest";
import { openDuckDbStore } from "#ledger";
import { recalled, refused } from "../events/event-examples.ts";
import { entryOfRecalled } from "./make-entry.ts";

const segment = { segment: "n.0.a.000001.journal", isDone: false, corrupted: 0 };

it("writes the file before rows begin a third row group, which the next checkpoint would make anew", async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok);
  const store = opened.value;
  const refusals = Array.from({ length: 80_000 }, () => refused("1"));
  for (const from of [0, 1, 2, 3])
    await store.append({ stretches: [{ ...segment, from, to: from + 1 }], entries: [], refusals });
  const rows = await store.query(
    `SELECT persistent, sum(count)::INTEGER AS rows FROM pragma_storage_info('refusal_rows')
     WHERE column_name = 'status' AND segment_type <> 'VALIDITY' GROUP BY persistent ORDER BY persistent`,
    [],
  );
  expect(rows).toEqual([
    { persistent: false, rows: 80_000 },
    { persistent: true, rows: 240_000 },
  ]);
  store.close();
});

it("keeps ids and details in the one way that is best for most of them, and leaves DuckDB to find it for others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const opened = await openDuckDbStore(join(folder, "ledger.duckdb"), { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok);
  const store = opened.value;
  const entries = Array.from({ length: 2_000 }, (_, index) => entryOfRecalled(recalled(`${index}`)));
  await store.append({ stretches: [{ ...segment, from: 0, to: 1 }], entries, refusals: [] });
  await store.checkpoint();
  const found = await store.query(
    `SELECT column_name, compression FROM pragma_storage_info('entry_rows') WHERE segment_type = 'VARCHAR' ORDER BY column_name`,
    [],
  );
  expect(found.map((row) => `${String(row["column_name"])} ${String(row["compression"])}`)).toEqual([
    "attempt FSST",
    "call FSST",
    "detail FSST",
    "interaction FSST",
    "why Dictionary",
  ]);
  expect(await store.query("SELECT DISTINCT detail FROM entry_rows", [])).toEqual([{ detail: '{"components":[]}' }]);
  store.close();
  rmSync(folder, { recursive: true });
});
