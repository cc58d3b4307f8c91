import { join } from "node:path";
import { Ledger, openDuckDbStore } from "#ledger";
import { realWorld } from "#world";

/**
 * Digest of every row of a ledger: of the one that the product left, or of a new one made at `into` from all journals. Both
 * load what they lack, as a start does: an office that was ended by force leaves a file of its last checkpoint, with the
 * places up to which it has read. Run it while no product runs on the folder.
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
  const progress = await new Ledger({ disk, clock, folder: join(folder, "journal"), store }).catchUp();
  if (progress.problems.length > 0) throw new Error(JSON.stringify(progress.problems));
  const [row] = await store.query(
    "SELECT (SELECT count(*) FROM entries)::VARCHAR AS rows, " +
      "(SELECT bit_xor(hash(entries)) FROM entries)::VARCHAR || '/' || " +
      "coalesce((SELECT bit_xor(hash(refusals)) FROM refusals)::VARCHAR, '') AS digest",
    [],
  );
  store.close();
  return { rows: Number(row?.["rows"]), digest: String(row?.["digest"]) };
}
