/** Keys of both origins as one list, in the shape of the contract. */
import { type KeyRecord } from "#access";
import { type StoredKey } from "#books";
import { type Key, type KeyQuery } from "#contract";
import { err, ok, type Result } from "#std";
import { type Id, type Instant } from "#units";
import { type ControlProblem } from "./problems.ts";
import { type KeySource } from "./sources.ts";

export type ListedKey = KeyRecord & Pick<StoredKey, "lastUsedAt">;

const CONFIG_CURSOR = /^config\.(\d{1,9})$/;

/** The configuration's keys by id, then those of the books, newest first. A cursor says where in which. */
export async function listKeys(
  keys: KeySource,
  { limit, cursor }: KeyQuery,
): Promise<Result<{ readonly rows: readonly ListedKey[]; readonly cursor: string | undefined }, ControlProblem>> {
  const configured = keys.configured().toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const after = cursor === undefined ? undefined : keyId(cursor);
  const offset = cursor === undefined ? "0" : CONFIG_CURSOR.exec(cursor)?.[1];
  if (after === undefined && offset === undefined) {
    const fields = [{ path: "cursor", detail: "Not one that we gave." }];
    return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
  }
  const start = offset === undefined ? configured.length : Number(offset);
  const first = configured.slice(start, start + limit).map((key) => ({ ...key, lastUsedAt: key.lastUsedAt }));
  const room = limit - first.length;
  const rest = await keys.stored.list({ limit: room + 1, after });
  const rows = [...first, ...rest.slice(0, room).map(toListed)];
  if (rest.length <= room && start + first.length >= configured.length) return ok({ rows, cursor: undefined });
  return ok({ rows, cursor: room === 0 ? `config.${start + limit}` : rows.at(-1)?.id });
}

export function keyId(text: string): Id<"key"> | undefined {
  return text.startsWith("key_") ? `key_${text.slice("key_".length)}` : undefined;
}

/** A key of the books as lists and gateways know it. */
export function toListed(key: StoredKey): ListedKey {
  return { ...key, origin: "books" };
}

export function toKey(record: ListedKey, now: Instant): Key {
  return {
    id: record.id,
    name: record.name,
    hint: record.hint,
    team: record.team,
    feature: record.feature,
    customer: record.customer,
    environment: record.environment,
    models: record.models === undefined ? undefined : [...record.models],
    max_output_tokens: record.maxOutputTokens,
    max_context: record.maxContextTokens,
    require_interaction: record.requireInteraction ?? false,
    origin: record.origin,
    state: stateOf(record, now),
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: timestamp(record.expiresAt),
    revoked_at: timestamp(record.revokedAt),
    last_used_at: timestamp(record.lastUsedAt),
  };
}

function stateOf(record: KeyRecord, now: Instant): Key["state"] {
  if (record.revokedAt !== undefined) return "revoked";
  if (record.expiresAt !== undefined && record.expiresAt <= now) return "expired";
  return record.replacedBy === undefined ? "active" : "rotating";
}

function timestamp(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
