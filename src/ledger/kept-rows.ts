/**
 * What bills reported stands packed, many together, beside their entries, and is put back into each detail that leaves the
 * store: a page reads a few, while a load of a million would spend most of its time on texts.
 */
import { type DuckDBConnection, VARCHAR } from "@duckdb/node-api";
import { unpackRows } from "#events";
import { assert } from "#std";
import { type Instant } from "#units";
import { type KeptPlace } from "./entry.ts";
import { readRows } from "./read-rows.ts";

export interface KeptRows {
  readonly batch: string;
  /** As the journal has them. */
  readonly packed: string;
  /** The last of its bills was incurred then. */
  readonly lastAt: Instant;
}

interface Detail {
  readonly bill: KeptPlace & Readonly<Record<string, unknown>>;
}

const IS_APART = /^\{"bill":\{.*"batch":"batch_/;

/** Details as they would be if each bill kept its own. */
export async function restoreReported(connection: DuckDBConnection, rows: Record<string, unknown>[]): Promise<void> {
  if (rows[0]?.["detail"] === undefined) return;
  const apart = rows.filter(({ detail }) => typeof detail === "string" && IS_APART.test(detail));
  const byBatch = Map.groupBy(apart, (row) => detailOf(row).bill.batch);
  for (const [batch, wanted] of byBatch) {
    const [found] = await readRows(connection, "SELECT packed FROM kept_rows WHERE batch = $1", {
      values: [batch],
      types: [VARCHAR],
    });
    assert(typeof found?.["packed"] === "string", "rows are kept as long as an entry of theirs");
    const reported = unpackRows(found["packed"]);
    for (const row of wanted) {
      const {
        bill: { batch: _, place, ...bill },
        ...rest
      } = detailOf(row);
      row["detail"] = JSON.stringify({ bill, reported: reported[place], ...rest });
    }
  }
}

function detailOf(row: Readonly<Record<string, unknown>>): Detail {
  const detail: Detail = JSON.parse(String(row["detail"]));
  return detail;
}
