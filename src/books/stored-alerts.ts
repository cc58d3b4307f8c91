import { type Kysely } from "kysely";
import { type Id, type Instant } from "#units";
import { type AlertRow, type AlertState, type Tables } from "./tables.ts";

/** An alert and how far it has come. */
export interface StoredAlert {
  readonly id: Id<"alert">;
  /** What it is about, period included: the same is told once. */
  readonly once: string;
  readonly kind: string;
  readonly at: Instant;
  /** JSON. */
  readonly facts: string;
  readonly state: AlertState;
  /** Tries to send it since it was last asked for. */
  readonly attempts: number;
  readonly nextAt: Instant | undefined;
  /** Why the last try failed. */
  readonly problem: string | undefined;
  readonly sentAt: Instant | undefined;
}

/** What was told or is to be told. A restart repeats and forgets nothing. */
export class StoredAlerts {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** False when the same was raised before; nothing changes then. */
  async raise(alert: StoredAlert): Promise<boolean> {
    const row = await this.#tables
      .insertInto("alerts")
      .values(toRow(alert))
      .onConflict((conflict) => conflict.column("once").doNothing())
      .returning("id")
      .executeTakeFirst();
    return row !== undefined;
  }

  async get(id: Id<"alert">): Promise<StoredAlert | undefined> {
    const row = await this.#tables.selectFrom("alerts").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  /** The one that has waited longest among those that may be tried now. */
  async nextDue(now: Instant): Promise<StoredAlert | undefined> {
    const row = await this.#tables
      .selectFrom("alerts")
      .selectAll()
      .where("state", "=", "waiting")
      .where("next_at", "<=", now)
      .orderBy("next_at")
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async noteSent(id: Id<"alert">, at: Instant): Promise<void> {
    await this.#tables
      .updateTable("alerts")
      .set(({ eb }) => ({ state: "sent", sent_at: at, next_at: null, problem: null, attempts: eb("attempts", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }

  /** To be tried again at `nextAt`; without one it is given up on. */
  async noteFailure(
    id: Id<"alert">,
    failure: { readonly problem: string; readonly nextAt: Instant | undefined },
  ): Promise<void> {
    const { problem, nextAt } = failure;
    const state = nextAt === undefined ? "failed" : "waiting";
    await this.#tables
      .updateTable("alerts")
      .set(({ eb }) => ({ state, problem, next_at: nextAt ?? null, attempts: eb("attempts", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }

  /** To be sent again at once, whatever came of it before. Undefined when there is no such alert. */
  async resend(id: Id<"alert">, now: Instant): Promise<StoredAlert | undefined> {
    const row = await this.#tables
      .updateTable("alerts")
      .set({ state: "waiting", attempts: 0, next_at: now, problem: null })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  /** A page of at most `limit`, newest first, from the one after `after`. */
  async list(page: {
    readonly limit: number;
    readonly after: Id<"alert"> | undefined;
    readonly state: AlertState | undefined;
  }): Promise<readonly StoredAlert[]> {
    let query = this.#tables.selectFrom("alerts").selectAll().orderBy("id", "desc").limit(page.limit);
    if (page.after !== undefined) query = query.where("id", "<", page.after);
    if (page.state !== undefined) query = query.where("state", "=", page.state);
    return (await query.execute()).map(fromRow);
  }

  async counts(): Promise<Readonly<Record<AlertState, number>>> {
    const rows = await this.#tables
      .selectFrom("alerts")
      .select(({ fn }) => ["state", fn.countAll<number>().as("count")])
      .groupBy("state")
      .execute();
    const of = (state: AlertState) => rows.find((row) => row.state === state)?.count ?? 0;
    return { noted: of("noted"), waiting: of("waiting"), sent: of("sent"), failed: of("failed") };
  }

  /** Forgets alerts raised before `before` that nobody waits for. */
  async prune(before: Instant): Promise<void> {
    await this.#tables.deleteFrom("alerts").where("at", "<", before).where("state", "!=", "waiting").execute();
  }
}

function toRow(alert: StoredAlert): AlertRow {
  const { nextAt, sentAt, problem, ...same } = alert;
  return { ...same, next_at: nextAt ?? null, sent_at: sentAt ?? null, problem: problem ?? null };
}

function fromRow({ next_at, sent_at, problem, ...same }: AlertRow): StoredAlert {
  return { ...same, nextAt: next_at ?? undefined, sentAt: sent_at ?? undefined, problem: problem ?? undefined };
}
