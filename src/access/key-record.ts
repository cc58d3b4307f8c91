import { type Id, type Instant } from "#units";

/** A data-plane key as threads know it. Plain, so that it crosses threads and processes; of the secret only the digest. */
export interface KeyRecord {
  readonly id: Id<"key">;
  readonly name: string;
  /** From `KeyDigester`. */
  readonly digest: string;
  readonly hint: string;
  /** Pinned attribution: wins over whatever a call says. */
  readonly team?: string | undefined;
  readonly feature?: string | undefined;
  readonly customer?: string | undefined;
  readonly environment?: string | undefined;
  /** Allowed model names, a `*` at the end matching any rest; all when undefined, none when empty. */
  readonly models?: readonly string[] | undefined;
  /** The most output tokens that a call may ask for, and what one that asks for none is sent with. */
  readonly maxOutputTokens?: number | undefined;
  /** The most input tokens that a call may hold. */
  readonly maxContextTokens?: number | undefined;
  /** Calls that do not name their interaction are refused. */
  readonly requireInteraction?: boolean | undefined;
  readonly origin: "books" | "config";
  readonly createdAt: Instant;
  /** First instant at which it is no longer good. */
  readonly expiresAt?: Instant | undefined;
  readonly revokedAt?: Instant | undefined;
  /** The key that replaces this one, which stays good until `expiresAt`. */
  readonly replacedBy?: Id<"key"> | undefined;
}

/** A change to the keys of a running gateway. Applying the same one twice changes nothing. */
export type KeyDelta =
  | { readonly type: "keys-put"; readonly records: readonly KeyRecord[] }
  | { readonly type: "keys-removed"; readonly ids: readonly Id<"key">[] }
  | { readonly type: "keys-replaced"; readonly origin: KeyRecord["origin"]; readonly records: readonly KeyRecord[] };

/** True when one of the names that a call's model goes by (as asked, route, provider/model) is allowed to the key. */
export function isModelAllowed(record: Pick<KeyRecord, "models">, names: readonly string[]): boolean {
  const { models } = record;
  if (models === undefined) return true;
  return names.some((name) => models.some((allowed) => matches(allowed, name)));
}

function matches(allowed: string, name: string): boolean {
  return allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed;
}
