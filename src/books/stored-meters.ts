import { type Kysely } from "kysely";
import { type Instant } from "#units";
import { type Tables } from "./tables.ts";

/** What a meter measured in one interval. The texts are the caller's. */
interface StoredInterval {
  readonly from: Instant;
  readonly to: Instant;
  readonly measured: string;
  /** What was booked of it; undefined before anything was. */
  readonly booked: string | undefined;
}

interface Noted {
  /** By exporter. */
  readonly watches: ReadonlyMap<string, string>;
  readonly intervals: readonly { readonly from: Instant; readonly to: Instant; readonly text: string }[];
}

/** Where each meter is, and what it measured. */
export class StoredMeters {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  async watches(meter: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#tables.selectFrom("meter_watches").selectAll().where("meter", "=", meter).execute();
    return new Map(rows.map(({ exporter, watch }) => [exporter, watch]));
  }

  async interval(meter: string, from: Instant): Promise<string | undefined> {
    const row = await this.#tables
      .selectFrom("meter_intervals")
      .select("measured")
      .where("meter", "=", meter)
      .where("from_at", "=", from)
      .executeTakeFirst();
    return row?.measured;
  }

  /** The oldest first, of those of which a moment lies in [from, to); or of these those of which nothing was booked. */
  async intervals(
    meter: string,
    { from, to, isUnbooked = false }: { readonly from: Instant; readonly to: Instant; readonly isUnbooked?: boolean },
  ): Promise<readonly StoredInterval[]> {
    let query = this.#tables
      .selectFrom("meter_intervals")
      .selectAll()
      .where("meter", "=", meter)
      .where("to_at", ">", from)
      .where("from_at", "<", to);
    if (isUnbooked) query = query.where("booked", "is", null);
    const rows = await query.orderBy("from_at").execute();
    return rows.map(({ from_at, to_at, measured, booked }) => ({
      from: from_at,
      to: to_at,
      measured,
      booked: booked ?? undefined,
    }));
  }

  /** All of it or nothing; what the meter's other exporters were at is forgotten. */
  async note(meter: string, { watches, intervals }: Noted): Promise<void> {
    await this.#tables.transaction().execute(async (books) => {
      await books.deleteFrom("meter_watches").where("meter", "=", meter).execute();
      for (const [exporter, watch] of watches)
        await books.insertInto("meter_watches").values({ meter, exporter, watch }).execute();
      for (const { from, to, text } of intervals)
        await books
          .insertInto("meter_intervals")
          .values({ meter, from_at: from, to_at: to, measured: text, booked: null })
          .onConflict((conflict) => conflict.columns(["meter", "from_at"]).doUpdateSet({ to_at: to, measured: text }))
          .execute();
    });
  }

  async markBooked(
    meter: string,
    marks: readonly { readonly from: Instant; readonly booked: string }[],
  ): Promise<void> {
    await this.#tables.transaction().execute(async (books) => {
      for (const { from, booked } of marks)
        await books
          .updateTable("meter_intervals")
          .set({ booked })
          .where("meter", "=", meter)
          .where("from_at", "=", from)
          .execute();
    });
  }

  /** What was measured in intervals that began before. */
  async retire(meter: string, before: Instant): Promise<void> {
    const old = this.#tables.deleteFrom("meter_intervals").where("meter", "=", meter);
    await old.where("from_at", "<", before).execute();
  }

  /** Where meters of other names were is forgotten: they are no longer looked at, and no time passes for them. */
  async keepOnly(meters: readonly string[]): Promise<void> {
    const others = this.#tables.deleteFrom("meter_watches");
    await (meters.length === 0 ? others : others.where("meter", "not in", [...meters])).execute();
  }
}
