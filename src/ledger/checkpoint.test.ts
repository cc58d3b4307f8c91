import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, expect, it } from "vitest";
import { openDuckDbStore } from "#ledger";
import { recalled, refused } from "../events/event-examples.ts";
import { entryOfRecalled } from "./make-entry.ts";

const segment = { segment: "n.0.a.000001.journal", isDone: false, corrupted: 0 };

async function openStore(path = ":memory:") {
  const opened = await openDuckDbStore(path, { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok);
  return opened.value;
}

function groupsOf(store: Awaited<ReturnType<typeof openStore>>) {
  return store.query(
    `SELECT persistent, sum(count)::INTEGER AS rows FROM pragma_storage_info('refusal_rows')
     WHERE column_name = 'status' AND segment_type <> 'VALIDITY' GROUP BY row_group_id, persistent ORDER BY row_group_id`,
    [],
  );
}

it("writes the file before rows begin a second row group, which the next checkpoint would make anew", async () => {
  const store = await openStore();
  const refusals = Array.from({ length: 40_000 }, () => refused("1"));
  for (const from of [0, 1, 2, 3])
    await store.append({ stretches: [{ ...segment, from, to: from + 1 }], entries: [], refusals });
  expect(await groupsOf(store)).toEqual([
    { persistent: true, rows: 120_000 },
    { persistent: false, rows: 40_000 },
  ]);
  store.close();
});

it.each(["new", "opened again"])("puts the first rows of a ledger that is %s where the next ones go", async (age) => {
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const path = join(folder, "ledger.duckdb");
  if (age === "opened again") (await openStore(path)).close();
  const store = await openStore(path);
  for (const from of [0, 1]) {
    const refusals = Array.from({ length: 3_000 }, () => refused(`${from}`));
    await store.append({ stretches: [{ ...segment, from, to: from + 1 }], entries: [], refusals });
  }
  // Beside the one row that is gone.
  expect((await groupsOf(store)).filter(({ rows }) => Number(rows) > 1)).toHaveLength(1);
  expect(await store.counts()).toEqual({ entries: 0, refusals: 6_000 });
  store.close();
  rmSync(folder, { recursive: true });
});

it("keeps ids and details in the one way that is best for most of them, and leaves DuckDB to find it for others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const store = await openStore(join(folder, "ledger.duckdb"));
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
