import { type Kysely } from "kysely";
import { type Instant } from "#units";
import { type Tables } from "./tables.ts";

/** One kind of a provider's report of one day in UTC. `buckets` is JSON, as the provider said it. */
export interface StoredReportDay {
  readonly provider: string;
  readonly day: string;
  readonly series: string;
  readonly format: string;
  readonly buckets: string;
  readonly fetchedAt: Instant;
}

export interface StoredReportSpan {
  readonly provider: string;
  readonly format: string;
  readonly days: number;
  readonly firstDay: string;
  readonly lastDay: string;
  /** When the newest of them was fetched or given. */
  readonly fetchedAt: Instant;
}

/** What providers reported, day by day. A later report of a day takes the place of the one before. */
export class StoredReports {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  async keep(days: readonly StoredReportDay[]): Promise<void> {
    await this.#tables.transaction().execute(async (books) => {
      for (const { provider, day, series, format, buckets, fetchedAt } of days) {
        const said = { format, buckets, fetched_at: fetchedAt };
        await books
          .insertInto("provider_reports")
          .values({ provider, day, series, ...said })
          .onConflict((conflict) => conflict.columns(["provider", "day", "series"]).doUpdateSet(said))
          .execute();
      }
    });
  }

  /** From one day to another, both included, in their order. */
  async within(range: {
    readonly provider: string;
    readonly from: string;
    readonly to: string;
  }): Promise<readonly StoredReportDay[]> {
    const rows = await this.#tables
      .selectFrom("provider_reports")
      .selectAll()
      .where("provider", "=", range.provider)
      .where("day", ">=", range.from)
      .where("day", "<=", range.to)
      .orderBy("day")
      .orderBy("series")
      .execute();
    return rows.map(({ fetched_at: fetchedAt, ...row }) => ({ ...row, fetchedAt }));
  }

  /** Of each provider that anything is kept of, by name. */
  async spans(): Promise<readonly StoredReportSpan[]> {
    return this.#tables
      .selectFrom("provider_reports")
      .select(({ fn }) => [
        "provider",
        fn.max("format").as("format"),
        fn.count<number>("day").distinct().as("days"),
        fn.min("day").as("firstDay"),
        fn.max("day").as("lastDay"),
        fn.max("fetched_at").as("fetchedAt"),
      ])
      .groupBy("provider")
      .orderBy("provider")
      .execute();
  }
}
