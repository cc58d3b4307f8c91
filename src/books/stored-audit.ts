import { type Kysely } from "kysely";
import { type Id, type Instant } from "#units";
import { type AuditRow, type Tables } from "./tables.ts";

/** Who changes something, and when: what each change to the books comes with, so that none is without its line. */
export interface Change {
  readonly audit: Id<"audit">;
  readonly who: string;
  readonly at: Instant;
}

/** What was changed, from what to what. The texts are the caller's; secrets have no place in them. */
export interface Changed {
  readonly action: string;
  readonly subject: string;
  /** Undefined for something new. */
  readonly before: string | undefined;
  /** Undefined for something that has ended. */
  readonly after: string | undefined;
}

export interface StoredAuditLine extends Changed {
  readonly id: Id<"audit">;
  readonly at: Instant;
  readonly who: string;
}

/** The line about a change, to be inserted in the transaction of the change itself. */
export function auditRow({ audit, who, at }: Change, { action, subject, before, after }: Changed): AuditRow {
  return { id: audit, at, who, action, subject, before: before ?? null, after: after ?? null };
}

/** What was changed through the control API or in the configuration, newest first. Lines are added and never changed. */
export class StoredAudit {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** For changes of what is not in the books. */
  async add(change: Change, changed: Changed): Promise<void> {
    await this.#tables.insertInto("audit").values(auditRow(change, changed)).execute();
  }

  /** Forgets lines from before; gives their number. */
  async prune(before: Instant): Promise<number> {
    const { numDeletedRows } = await this.#tables.deleteFrom("audit").where("at", "<", before).executeTakeFirst();
    return Number(numDeletedRows);
  }

  /** A page of at most `limit`, from the line after `after`; ids sort by time of making. */
  async list(page: {
    readonly limit: number;
    readonly after: Id<"audit"> | undefined;
    readonly subject: string | undefined;
  }): Promise<readonly StoredAuditLine[]> {
    let query = this.#tables.selectFrom("audit").selectAll().orderBy("id", "desc").limit(page.limit);
    if (page.after !== undefined) query = query.where("id", "<", page.after);
    if (page.subject !== undefined) query = query.where("subject", "=", page.subject);
    const rows = await query.execute();
    return rows.map((row) => ({ ...row, before: row.before ?? undefined, after: row.after ?? undefined }));
  }
}
