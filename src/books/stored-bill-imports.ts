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

  /** The newest first; those older than `after` where one is given. */
  async newest(limit: number, after?: Pick<StoredBillImport, "id" | "begunAt">): Promise<readonly StoredBillImport[]> {
    const all = this.#tables.selectFrom("bill_imports").selectAll();
    const older =
      after === undefined
        ? all
        : all.where((row) =>
            row.or([
              row("begun_at", "<", after.begunAt),
              row.and([row("begun_at", "=", after.begunAt), row("id", "<", after.id)]),
            ]),
          );
    const rows = await older.orderBy("begun_at", "desc").orderBy("id", "desc").limit(limit).execute();
    return rows.map(fromRow);
  }

  async get(id: string): Promise<StoredBillImport | undefined> {
    const row = await this.#tables.selectFrom("bill_imports").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }
}

function fromRow({ id, begun_at: begunAt, report }: Tables["bill_imports"]): StoredBillImport {
  return { id, begunAt, report };
}
