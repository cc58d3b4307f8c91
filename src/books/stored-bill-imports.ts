import { type Kysely } from "kysely";
import { type Instant } from "#units";
import { type Tables } from "./tables.ts";

/** An import of bills that is over. `report` is the caller's JSON. */
export interface StoredBillImport {
  readonly id: string;
  readonly begunAt: Instant;
  readonly report: string;
}

/** Imports that are over, for as long as the books are kept. */
export class StoredBillImports {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  async keep({ id, begunAt, report }: StoredBillImport): Promise<void> {
    await this.#tables
      .insertInto("bill_imports")
      .values({ id, begun_at: begunAt, report })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ report }))
      .execute();
  }

  /** The newest first. */
  async newest(limit: number): Promise<readonly StoredBillImport[]> {
    const rows = await this.#tables
      .selectFrom("bill_imports")
      .selectAll()
      .orderBy("begun_at", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ id, begun_at: begunAt, report }) => ({ id, begunAt, report }));
  }
}
