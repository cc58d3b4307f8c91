import { type Kysely, sql } from "kysely";
import { assert, err, ok, type Result } from "#std";
import { type Id, type Instant } from "#units";
import { auditRow, type Change } from "./stored-audit.ts";
import { type KeyRow, type Tables } from "./tables.ts";

/** A key as the books keep it: of its secret only a digest and four characters. */
export interface StoredKey {
  readonly id: Id<"key">;
  readonly name: string;
  readonly digest: string;
  readonly hint: string;
  readonly team: string | undefined;
  readonly feature: string | undefined;
  readonly customer: string | undefined;
  readonly environment: string | undefined;
  readonly models: readonly string[] | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly maxContextTokens: number | undefined;
  readonly requireInteraction: boolean;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | undefined;
  readonly revokedAt: Instant | undefined;
  readonly lastUsedAt: Instant | undefined;
  readonly replacedBy: Id<"key"> | undefined;
}

export interface Rotation {
  /** What is new about the successor; everything else, its expiry too, it has from the key it replaces. */
  readonly successor: Pick<StoredKey, "id" | "digest" | "hint">;
  readonly change: Change;
  /** Until when the old key stays good, unless it expires sooner. */
  readonly overlapUntil: Instant;
}

export type RotationProblem = { readonly type: "unknown-key" | "key-not-active" };

/** The keys in the books, newest first. Each change and the line about it in the audit are one transaction. */
export class StoredKeys {
  readonly #tables: Kysely<Tables>;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  async create(key: StoredKey, change: Change): Promise<void> {
    await this.#tables.transaction().execute(async (tables) => {
      await tables.insertInto("keys").values(toRow(key)).execute();
      await note(tables, change, { action: "key-created", before: undefined, after: key });
    });
  }

  async get(id: Id<"key">): Promise<StoredKey | undefined> {
    const row = await this.#tables.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  /** A page of at most `limit`, from the key after `after`; ids sort by time of making. */
  async list(page: { readonly limit: number; readonly after: Id<"key"> | undefined }): Promise<readonly StoredKey[]> {
    let query = this.#tables.selectFrom("keys").selectAll().orderBy("id", "desc").limit(page.limit);
    if (page.after !== undefined) query = query.where("id", "<", page.after);
    return (await query.execute()).map(fromRow);
  }

  /** Revoking again keeps the first time. Undefined when there is no such key. */
  async revoke(id: Id<"key">, change: Change): Promise<StoredKey | undefined> {
    return this.#tables.transaction().execute(async (tables) => {
      const found = await tables.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
      if (found === undefined) return undefined;
      const row = await tables
        .updateTable("keys")
        .set({ revoked_at: sql`coalesce(revoked_at, ${change.at})` })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const revoked = fromRow(row);
      if (found.revoked_at === null)
        await note(tables, change, { action: "key-revoked", before: fromRow(found), after: revoked });
      return revoked;
    });
  }

  /** Both keys change in one transaction; of two rotations of one key at the same time, one finds it not active. */
  async rotate(
    id: Id<"key">,
    { successor, change, overlapUntil }: Rotation,
  ): Promise<Result<{ readonly replaced: StoredKey; readonly successor: StoredKey }, RotationProblem>> {
    const now = change.at;
    return this.#tables.transaction().execute(async (tables) => {
      const found = await tables.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
      if (found === undefined) return err({ type: "unknown-key" });
      const isExpired = found.expires_at !== null && found.expires_at <= now;
      if (isExpired || found.revoked_at !== null || found.replaced_by !== null) return err({ type: "key-not-active" });

      const inherited = fromRow(found);
      const next = { ...inherited, ...successor, createdAt: now, lastUsedAt: undefined };
      await tables.insertInto("keys").values(toRow(next)).execute();
      const row = await tables
        .updateTable("keys")
        .set({
          replaced_by: successor.id,
          expires_at: found.expires_at !== null && found.expires_at < overlapUntil ? found.expires_at : overlapUntil,
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await note(tables, change, { action: "key-rotated", before: inherited, after: next });
      return ok({ replaced: fromRow(row), successor: next });
    });
  }

  /** Notes many last uses in one transaction; a use that is older than the one noted changes nothing. */
  async noteUsed(uses: ReadonlyMap<Id<"key">, Instant>): Promise<void> {
    if (uses.size === 0) return;
    await this.#tables.transaction().execute(async (tables) => {
      for (const [id, at] of uses) {
        await tables
          .updateTable("keys")
          .set({ last_used_at: at })
          .where("id", "=", id)
          .where((column) => column.or([column("last_used_at", "is", null), column("last_used_at", "<", at)]))
          .execute();
      }
    });
  }
}

function note(
  tables: Kysely<Tables>,
  change: Change,
  {
    action,
    before,
    after,
  }: { readonly action: string; readonly before: StoredKey | undefined; readonly after: StoredKey },
): Promise<unknown> {
  const subject = `key ${before?.id ?? after.id}`;
  const row = auditRow(change, { action, subject, before: before && told(before), after: told(after) });
  return tables.insertInto("audit").values(row).execute();
}

/** All that may be told of a key: not its digest, and not when it was used, which is no change. */
function told({ digest: _, lastUsedAt: __, ...key }: StoredKey): string {
  return JSON.stringify(key);
}

function toRow(key: StoredKey): KeyRow {
  return {
    id: key.id,
    name: key.name,
    digest: key.digest,
    hint: key.hint,
    team: orNull(key.team),
    feature: orNull(key.feature),
    customer: orNull(key.customer),
    environment: orNull(key.environment),
    models: key.models === undefined ? null : JSON.stringify(key.models),
    max_output_tokens: orNull(key.maxOutputTokens),
    max_context_tokens: orNull(key.maxContextTokens),
    require_interaction: key.requireInteraction ? 1 : 0,
    created_at: key.createdAt,
    expires_at: orNull(key.expiresAt),
    revoked_at: orNull(key.revokedAt),
    last_used_at: orNull(key.lastUsedAt),
    replaced_by: orNull(key.replacedBy),
  };
}

function fromRow(row: KeyRow): StoredKey {
  return {
    id: row.id,
    name: row.name,
    digest: row.digest,
    hint: row.hint,
    team: orAbsent(row.team),
    feature: orAbsent(row.feature),
    customer: orAbsent(row.customer),
    environment: orAbsent(row.environment),
    models: row.models === null ? undefined : namesIn(row.models),
    maxOutputTokens: orAbsent(row.max_output_tokens),
    maxContextTokens: orAbsent(row.max_context_tokens),
    requireInteraction: row.require_interaction === 1,
    createdAt: row.created_at,
    expiresAt: orAbsent(row.expires_at),
    revokedAt: orAbsent(row.revoked_at),
    lastUsedAt: orAbsent(row.last_used_at),
    replacedBy: orAbsent(row.replaced_by),
  };
}

/** SQLite says null where we say undefined. */
function orNull<Value>(value: Value | undefined): Value | null {
  return value ?? null;
}

function orAbsent<Value>(value: Value | null): Value | undefined {
  return value ?? undefined;
}

function namesIn(text: string): readonly string[] {
  const names: unknown = JSON.parse(text);
  assert(Array.isArray(names), "models of a key are a list");
  return names.map(String);
}
