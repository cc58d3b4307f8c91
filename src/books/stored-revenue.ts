import { type Kysely, type Transaction } from "kysely";
import { type Instant, instant } from "#units";
import { auditRow, type Change } from "./stored-audit.ts";
import { type Tables } from "./tables.ts";

/** What one customer paid for one period. `to` is not in it. */
interface StoredRevenueRow {
  readonly line: number;
  readonly customer: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly nanos: bigint;
  /** Tells several amounts of the same customer and period apart; empty where there is only one. */
  readonly reference: string;
}

interface StoredRevenueFile {
  readonly name: string;
  readonly digest: string;
  readonly importedAt: Instant;
  readonly importedBy: string;
  readonly rows: number;
  readonly nanos: bigint;
}

type Replaced =
  | { readonly type: "unchanged"; readonly file: StoredRevenueFile }
  | { readonly type: "imported"; readonly file: StoredRevenueFile; readonly before: StoredRevenueFile | undefined }
  /** Another file has the same customer, period and reference. */
  | { readonly type: "taken"; readonly line: number; readonly by: { readonly file: string; readonly line: number } };

const INSERTED_AT_ONCE = 500;

/** What customers paid, file by file. A file is replaced as a whole. */
export class StoredRevenue {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** By name. */
  async files(): Promise<readonly StoredRevenueFile[]> {
    return (await this.#tables.selectFrom("revenue_files").selectAll().orderBy("name").execute()).map(toFile);
  }

  /** All whose period has a moment of [from, to), or one customer's of them. */
  async within(range: {
    readonly from: Instant;
    readonly to: Instant;
    readonly customer?: string | undefined;
  }): Promise<readonly (StoredRevenueRow & { readonly file: string })[]> {
    const { from, to, customer } = range;
    let query = this.#tables.selectFrom("revenue").selectAll().where("from_at", "<", to).where("to_at", ">", from);
    if (customer !== undefined) query = query.where("customer", "=", customer);
    const rows = await query.orderBy("customer").orderBy("from_at").orderBy("file").orderBy("line").execute();
    return rows.map((row) => ({
      file: row.file,
      line: row.line,
      customer: row.customer,
      from: instant(row.from_at),
      to: instant(row.to_at),
      nanos: BigInt(row.nanos),
      reference: row.reference,
    }));
  }

  /** All rows of the file in place of those that it had, with a line in the audit; nothing when its digest is the same. */
  replace(
    change: Change,
    {
      name,
      digest,
      rows,
    }: { readonly name: string; readonly digest: string; readonly rows: readonly StoredRevenueRow[] },
  ): Promise<Replaced> {
    return this.#tables.transaction().execute(async (books) => {
      const found = await books.selectFrom("revenue_files").selectAll().where("name", "=", name).executeTakeFirst();
      const before = found === undefined ? undefined : toFile(found);
      if (before?.digest === digest) return { type: "unchanged", file: before };
      const taken = await firstTaken(books, { name, rows });
      if (taken !== undefined) return taken;
      const nanos = rows.reduce((sum, row) => sum + row.nanos, 0n);
      const file = { name, digest, importedAt: change.at, importedBy: change.who, rows: rows.length, nanos };
      await books.deleteFrom("revenue").where("file", "=", name).execute();
      await books.deleteFrom("revenue_files").where("name", "=", name).execute();
      await books
        .insertInto("revenue_files")
        .values({
          name,
          digest,
          imported_at: change.at,
          imported_by: change.who,
          rows: rows.length,
          nanos: String(nanos),
        })
        .execute();
      for (let at = 0; at < rows.length; at += INSERTED_AT_ONCE) {
        const values = rows.slice(at, at + INSERTED_AT_ONCE).map((row) => toRow(name, row));
        await books.insertInto("revenue").values(values).execute();
      }
      const action = before === undefined ? "revenue-imported" : "revenue-corrected";
      const changed = { action, subject: `revenue ${name}`, before: summaryOf(before), after: summaryOf(file) };
      await books.insertInto("audit").values(auditRow(change, changed)).execute();
      return { type: "imported", file, before };
    });
  }
}

async function firstTaken(
  books: Transaction<Tables>,
  { name, rows }: { readonly name: string; readonly rows: readonly StoredRevenueRow[] },
): Promise<Extract<Replaced, { type: "taken" }> | undefined> {
  for (const { line, customer, from, to, reference } of rows) {
    const other = await books
      .selectFrom("revenue")
      .select(["file", "line"])
      .where("customer", "=", customer)
      .where("from_at", "=", from)
      .where("to_at", "=", to)
      .where("reference", "=", reference)
      .where("file", "<>", name)
      .executeTakeFirst();
    if (other !== undefined) return { type: "taken", line, by: other };
  }
  return undefined;
}

function toRow(file: string, { line, customer, from, to, nanos, reference }: StoredRevenueRow): Tables["revenue"] {
  return { file, line, customer, from_at: from, to_at: to, nanos: String(nanos), reference };
}

function toFile(row: Tables["revenue_files"]): StoredRevenueFile {
  return {
    name: row.name,
    digest: row.digest,
    importedAt: row.imported_at,
    importedBy: row.imported_by,
    rows: row.rows,
    nanos: BigInt(row.nanos),
  };
}

function summaryOf(file: StoredRevenueFile | undefined): string | undefined {
  return file === undefined
    ? undefined
    : JSON.stringify({ digest: file.digest, rows: file.rows, nanos: String(file.nanos) });
}
