import { type Kysely } from "kysely";
import { type Instant } from "#units";
import { auditRow, type Change } from "./stored-audit.ts";
import { type Tables } from "./tables.ts";

interface Grant {
  readonly digest: string;
  readonly role: string;
}

/** A token as lists show it. The role is text: the books know no rules. */
export interface StoredToken {
  readonly name: string;
  readonly role: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | undefined;
}

/** Tokens of the control API, one-time logins and sessions; only digests of each. */
export class StoredTokens {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  /** One token a name. Another digest under the same name ends the token before it and every session opened with it. */
  async ensure(
    token: Grant & { readonly name: string; readonly now: Instant; readonly expiresAt: Instant | undefined },
  ): Promise<void> {
    const { name, digest, role, now } = token;
    const expiresAt = token.expiresAt ?? null;
    await this.#tables.transaction().execute(async (tables) => {
      await tables.deleteFrom("tokens").where("name", "=", name).where("digest", "!=", digest).execute();
      await tables
        .insertInto("tokens")
        .values({ name, digest, role, created_at: now, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ role, expires_at: expiresAt }))
        .execute();
    });
  }

  /** False when the name is taken by a token that is still good, and then nothing is written. */
  async create({ digest, ...token }: StoredToken & Grant, change: Change): Promise<boolean> {
    const { name, role, createdAt, expiresAt } = token;
    return this.#tables.transaction().execute(async (tables) => {
      await tables.deleteFrom("tokens").where("name", "=", name).where("expires_at", "<=", change.at).execute();
      const taken = await tables.selectFrom("tokens").select("name").where("name", "=", name).executeTakeFirst();
      if (taken !== undefined) return false;
      const row = { name, digest, role, created_at: createdAt, expires_at: expiresAt ?? null };
      await tables.insertInto("tokens").values(row).execute();
      const changed = { action: "token-created", subject: subjectOf(name), before: undefined, after: told(token) };
      await tables.insertInto("audit").values(auditRow(change, changed)).execute();
      return true;
    });
  }

  /** Ends a token and every session that was opened with it. False when there is none of this name. */
  async end(name: string, change: Change): Promise<boolean> {
    return this.#tables.transaction().execute(async (tables) => {
      const row = await tables.deleteFrom("tokens").where("name", "=", name).returningAll().executeTakeFirst();
      if (row === undefined) return false;
      const changed = { action: "token-ended", subject: subjectOf(name), before: told(fromRow(row)), after: undefined };
      await tables.insertInto("audit").values(auditRow(change, changed)).execute();
      return true;
    });
  }

  /** Those that are good, by name; from the name `after` on where one is given. */
  async list(
    now: Instant,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly StoredToken[]> {
    const good = this.#tables
      .selectFrom("tokens")
      .selectAll()
      .where((column) => column.or([column("expires_at", "is", null), column("expires_at", ">", now)]));
    const further = after === undefined ? good : good.where("name", ">", after);
    return (await further.orderBy("name").limit(limit).execute()).map(fromRow);
  }

  async find(digest: string, now: Instant): Promise<{ readonly name: string; readonly role: string } | undefined> {
    return this.#tables
      .selectFrom("tokens")
      .select(["name", "role"])
      .where("digest", "=", digest)
      .where((column) => column.or([column("expires_at", "is", null), column("expires_at", ">", now)]))
      .executeTakeFirst();
  }

  async addLogin(login: Grant & { readonly expiresAt: Instant }): Promise<void> {
    const { digest, role, expiresAt } = login;
    await this.#tables.insertInto("logins").values({ digest, role, expires_at: expiresAt }).execute();
  }

  /** The role of a one-time login, which is gone afterwards: one statement, so that only one of two takers gets it. */
  async takeLogin(digest: string, now: Instant): Promise<{ readonly role: string } | undefined> {
    return this.#tables
      .deleteFrom("logins")
      .where("digest", "=", digest)
      .where("expires_at", ">", now)
      .returning("role")
      .executeTakeFirst();
  }

  /** `token` names the token that the session was opened with, and ends with. */
  async openSession(
    session: Grant & { readonly token: string | undefined; readonly now: Instant; readonly expiresAt: Instant },
  ): Promise<void> {
    const { digest, role, token, now, expiresAt } = session;
    await this.#tables
      .insertInto("sessions")
      .values({ digest, role, token: token ?? null, created_at: now, expires_at: expiresAt })
      .execute();
  }

  async findSession(
    digest: string,
    now: Instant,
  ): Promise<{ readonly role: string; readonly token: string | null; readonly expiresAt: Instant } | undefined> {
    return this.#tables
      .selectFrom("sessions")
      .select(["role", "token", "expires_at as expiresAt"])
      .where("digest", "=", digest)
      .where("expires_at", ">", now)
      .executeTakeFirst();
  }

  async closeSession(digest: string): Promise<void> {
    await this.#tables.deleteFrom("sessions").where("digest", "=", digest).execute();
  }

  /** Forgets tokens, logins and sessions that are over. */
  async prune(now: Instant): Promise<void> {
    await this.#tables.deleteFrom("sessions").where("expires_at", "<=", now).execute();
    await this.#tables.deleteFrom("logins").where("expires_at", "<=", now).execute();
    await this.#tables.deleteFrom("tokens").where("expires_at", "<=", now).execute();
  }
}

function subjectOf(name: string): string {
  return `token ${name}`;
}

function told(token: StoredToken): string {
  return JSON.stringify(token);
}

function fromRow(row: Tables["tokens"]): StoredToken {
  return { name: row.name, role: row.role, createdAt: row.created_at, expiresAt: row.expires_at ?? undefined };
}
