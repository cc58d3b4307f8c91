import { type Kysely } from "kysely";
import { type Id, type Instant } from "#units";
import { auditRow, type Change } from "./stored-audit.ts";
import { type BudgetRow, type Tables } from "./tables.ts";

/** A budget that was set while Tare runs, as it would stand in tare.yaml; the books do not read it. */
export interface StoredBudget {
  readonly id: string;
  /** JSON. */
  readonly written: string;
  readonly changedAt: Instant;
  readonly changedBy: string;
}

/** Who changed a budget, when, from what to what. `before` is absent for a new one, `after` for one that was ended. */
export interface BudgetChange {
  readonly id: Id<"audit">;
  readonly at: Instant;
  readonly who: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface BudgetChanging extends Change {
  readonly id: string;
}

/** The budgets in the books. Each change and the line about it in the audit are one transaction. */
export class StoredBudgets {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** All of them, by id. */
  async list(): Promise<readonly StoredBudget[]> {
    const rows = await this.#tables.selectFrom("budgets").selectAll().orderBy("id").execute();
    return rows.map(fromRow);
  }

  async get(id: string): Promise<StoredBudget | undefined> {
    const row = await this.#tables.selectFrom("budgets").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async put(change: BudgetChanging & { readonly written: string }): Promise<void> {
    const { id, written, who, at } = change;
    await this.#tables.transaction().execute(async (tables) => {
      const before = await tables.selectFrom("budgets").select("written").where("id", "=", id).executeTakeFirst();
      await tables
        .insertInto("budgets")
        .values({ id, written, changed_at: at, changed_by: who })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ written, changed_at: at, changed_by: who }))
        .execute();
      const row = auditRow(change, {
        action: "budget-put",
        subject: subjectOf(id),
        before: before?.written,
        after: written,
      });
      await tables.insertInto("audit").values(row).execute();
    });
  }

  /** False when there is no such budget, and then nothing is written. */
  async remove(change: BudgetChanging): Promise<boolean> {
    return this.#tables.transaction().execute(async (tables) => {
      const gone = await tables
        .deleteFrom("budgets")
        .where("id", "=", change.id)
        .returning("written")
        .executeTakeFirst();
      if (gone === undefined) return false;
      const row = auditRow(change, {
        action: "budget-removed",
        subject: subjectOf(change.id),
        before: gone.written,
        after: undefined,
      });
      await tables.insertInto("audit").values(row).execute();
      return true;
    });
  }

  /** The newest changes of one budget, also of one that has ended. */
  async changes(id: string, limit: number): Promise<readonly BudgetChange[]> {
    const rows = await this.#tables
      .selectFrom("audit")
      .selectAll()
      .where("subject", "=", subjectOf(id))
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      who: row.who,
      before: row.before ?? undefined,
      after: row.after ?? undefined,
    }));
  }
}

function subjectOf(id: string): string {
  return `budget ${id}`;
}

function fromRow(row: BudgetRow): StoredBudget {
  return { id: row.id, written: row.written, changedAt: row.changed_at, changedBy: row.changed_by };
}
