import { type Kysely } from "kysely";
import { type Instant } from "#units";
import { auditRow, type Change } from "./stored-audit.ts";
import { type Tables } from "./tables.ts";

/** A month as it was when somebody closed it. The text is the caller's. */
export interface StoredClosedMonth {
  readonly month: string;
  readonly closedAt: Instant;
  readonly closedBy: string;
  /** Of the rules. */
  readonly revision: string;
  /** Everything that was booked before is in it. */
  readonly bookedUntil: Instant;
  readonly allocation: string;
}

/** Months that are frozen; one that is closed never changes. */
export class StoredClosedMonths {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** The oldest first, without what was frozen, which may be megabytes each. */
  async list(): Promise<readonly Omit<StoredClosedMonth, "allocation">[]> {
    const columns = ["month", "closed_at", "closed_by", "revision", "booked_until"] as const;
    const rows = await this.#tables.selectFrom("closed_months").select(columns).orderBy("month").execute();
    return rows.map((row) => ({
      month: row.month,
      closedAt: row.closed_at,
      closedBy: row.closed_by,
      revision: row.revision,
      bookedUntil: row.booked_until,
    }));
  }

  async allocationOf(month: string): Promise<string | undefined> {
    const row = await this.#tables
      .selectFrom("closed_months")
      .select("allocation")
      .where("month", "=", month)
      .executeTakeFirst();
    return row?.allocation;
  }

  /** With its line in the audit, both or none; false when the month is closed already. */
  close(change: Change, { month, revision, bookedUntil, allocation }: Closing): Promise<boolean> {
    return this.#tables.transaction().execute(async (books) => {
      const { who, at } = change;
      const added = await books
        .insertInto("closed_months")
        .values({ month, closed_at: at, closed_by: who, revision, booked_until: bookedUntil, allocation })
        .onConflict((conflict) => conflict.column("month").doNothing())
        .returning("month")
        .executeTakeFirst();
      if (added === undefined) return false;
      const changed = { action: "month-closed", subject: `month ${month}`, before: undefined, after: revision };
      await books.insertInto("audit").values(auditRow(change, changed)).execute();
      return true;
    });
  }
}

type Closing = Pick<StoredClosedMonth, "month" | "revision" | "bookedUntil" | "allocation">;
