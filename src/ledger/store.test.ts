import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDuckDbStore } from "#ledger";
import { NaiveStore } from "./naive-store.ts";
import { describeLedgerStore, type OpenedStore } from "./store.contract.ts";

const options = { memoryBytes: 256 * 1024 * 1024, threads: 1 };

async function openDuckDb(folder: string): Promise<OpenedStore> {
  const opened = await openDuckDbStore(join(folder, "ledger.duckdb"), options);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const store = opened.value;
  let isClosed = false;
  const close = () => {
    if (!isClosed) store.close();
    isClosed = true;
  };
  return {
    store,
    async rows() {
      const rows = await store.query(
        "SELECT attempt || CASE state WHEN 'correction' THEN ':correction' ELSE '' END || ' ' || nanos AS row FROM entries ORDER BY row",
        [],
      );
      return rows.map(({ row }) => String(row));
    },
    reopen() {
      close();
      return openDuckDb(folder);
    },
    remove() {
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openNaive(store: NaiveStore): OpenedStore {
  return {
    store,
    rows: () =>
      Promise.resolve(
        store.entries.map(({ id, cost }) => `${id} ${cost.type === "unpriced" ? "" : cost.nanos}`).toSorted(),
      ),
    reopen: () => Promise.resolve(openNaive(store)),
    remove: () => undefined,
  };
}

describeLedgerStore("DuckDB", () => openDuckDb(mkdtempSync(join(tmpdir(), "ledger-"))));
describeLedgerStore("arrays", () => Promise.resolve(openNaive(new NaiveStore())));

it("says that a file is no ledger instead of throwing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const opened = await openDuckDbStore(join(folder, "missing", "ledger.duckdb"), options);
  expect(opened).toMatchObject({ ok: false, error: { type: "store-failed" } });
  rmSync(folder, { recursive: true });
});
