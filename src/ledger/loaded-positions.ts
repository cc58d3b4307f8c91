/**
 * How far each segment is loaded: in memory, and in the file together with the rows that were made of it. Asking the database
 * at each append, and `INSERT OR REPLACE`, took 3 ms of each pass, more than a thousand rows.
 */
import { type DuckDBConnection } from "@duckdb/node-api";
import { assert } from "#std";
import { type StoreProblem, type Stretch } from "./ledger-store.ts";
import { readRows } from "./read-rows.ts";

export class LoadedPositions {
  readonly #loadedTo: Map<string, number>;

  private constructor(loadedTo: Map<string, number>) {
    this.#loadedTo = loadedTo;
  }

  static createTable(): string {
    return "CREATE TABLE positions (segment VARCHAR PRIMARY KEY, loaded_to BIGINT, is_done BOOLEAN, corrupted BIGINT)";
  }

  static async read(connection: DuckDBConnection): Promise<LoadedPositions> {
    const rows = await readRows(connection, "SELECT segment, loaded_to FROM positions");
    return new LoadedPositions(new Map(rows.map((row) => [String(row["segment"]), Number(row["loaded_to"])])));
  }

  /** Stretches commit together, so either all of a batch are in or none. */
  placeOf(stretches: readonly Stretch[]): "next" | "already" | StoreProblem {
    let loaded = 0;
    let wrong: StoreProblem | undefined;
    for (const { segment, from, to } of stretches) {
      const expected = this.#loadedTo.get(segment) ?? 0;
      if (expected >= to) loaded += 1;
      else if (expected !== from) wrong ??= { type: "not-next", segment, expected, from };
    }
    if (loaded === stretches.length) return "already";
    assert(loaded === 0 || wrong !== undefined, "stretches of one batch are committed together");
    return wrong ?? "next";
  }

  /** In the transaction that appends their rows; what it gives is called after the commit. */
  async write(connection: DuckDBConnection, stretches: readonly Stretch[]): Promise<() => void> {
    const fresh: string[] = [];
    for (const { segment, to, isDone, corrupted } of stretches) {
      const name = quoted(segment);
      if (!this.#loadedTo.has(segment)) fresh.push(`(${name}, ${to}, ${isDone}, ${corrupted})`);
      else
        await connection.run(
          `UPDATE positions SET loaded_to = ${to}, is_done = ${isDone}, corrupted = ${corrupted} WHERE segment = ${name}`,
        );
    }
    if (fresh.length > 0) await connection.run(`INSERT OR REPLACE INTO positions VALUES ${fresh.join(", ")}`);
    return () => {
      for (const { segment, to } of stretches) this.#loadedTo.set(segment, to);
    };
  }

  /** As if they had never been loaded, in the caller's transaction; what it gives is called after the commit. */
  async forget(connection: DuckDBConnection, segments: readonly string[]): Promise<() => void> {
    if (segments.length > 0)
      await connection.run(`DELETE FROM positions WHERE segment IN (${segments.map(quoted).join(", ")})`);
    return () => {
      for (const segment of segments) this.#loadedTo.delete(segment);
    };
  }
}

function quoted(segment: string): string {
  return `'${segment.replaceAll("'", "''")}'`;
}
