import { join } from "node:path";
import { Ledger, openDuckDbStore } from "#ledger";
import { realWorld } from "#world";

/**
 * Digest of every row of a ledger: of the one that the product left, or of a new one made at `into` from all journals.
 * Run it while no product runs on the folder.
 */
export async function loadAllJournals({
  folder,
  into,
}: {
  readonly folder: string;
  readonly into: string | undefined;
}): Promise<{ readonly rows: number; readonly digest: string }> {
  const { disk, clock } = realWorld();
  const opened = await openDuckDbStore(into ?? join(folder, "ledger.duckdb"), { memoryBytes: 2 ** 30, threads: 1 });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const store = opened.value;
  if (into !== undefined) {
    const progress = await new Ledger({ disk, clock, folder: join(folder, "journal"), store }).catchUp();
    if (progress.problems.length > 0) throw new Error(JSON.stringify(progress.problems));
  }
  const [row] = await store.query(
    "SELECT (SELECT count(*) FROM entries)::VARCHAR AS rows, " +
      "(SELECT bit_xor(hash(entries)) FROM entries)::VARCHAR || '/' || " +
      "coalesce((SELECT bit_xor(hash(refusals)) FROM refusals)::VARCHAR, '') AS digest",
    [],
  );
  store.close();
  return { rows: Number(row?.["rows"]), digest: String(row?.["digest"]) };
}
