import { type Kysely } from "kysely";
import { type Tables } from "./tables.ts";

/** What is decided once for a data folder, such as its currency. */
export class StoredSettings {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** The value in force: `value` when nothing stood there, else what was fixed before; the caller compares. */
  async fix(name: string, value: string): Promise<string> {
    const row = await this.#tables
      .insertInto("settings")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ name }))
      .returning("value")
      .executeTakeFirstOrThrow();
    return row.value;
  }

  async get(name: string): Promise<string | undefined> {
    const row = await this.#tables.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
    return row?.value;
  }

  async set(name: string, value: string): Promise<void> {
    await this.#tables
      .insertInto("settings")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute();
  }
}
