import { err, ok, type Result, unreachable } from "#std";
import { type Id, type Instant } from "#units";
import { type KeyDelta, type KeyRecord } from "./key-record.ts";

export type KeyProblem = { readonly type: "unknown_key" | "expired_key" | "revoked_key" };

/** The keys of one thread, found by digest in constant time whatever their number. */
export class KeyRing {
  readonly #byDigest = new Map<string, KeyRecord>();
  readonly #byId = new Map<Id<"key">, KeyRecord>();

  get size(): number {
    return this.#byId.size;
  }

  apply(delta: KeyDelta): void {
    switch (delta.type) {
      case "keys-put":
        for (const record of delta.records) this.#put(record);
        return;
      case "keys-removed":
        for (const id of delta.ids) this.#remove(id);
        return;
      case "keys-replaced": {
        const kept = new Set(delta.records.map(({ id }) => id));
        for (const [id, { origin }] of this.#byId) if (origin === delta.origin && !kept.has(id)) this.#remove(id);
        for (const record of delta.records) this.#put(record);
        return;
      }
      default:
        unreachable(delta);
    }
  }

  /** `digest` is an HMAC under our pepper, so what the look-up takes tells nothing about any key. */
  find(digest: string, now: Instant): Result<KeyRecord, KeyProblem> {
    const record = this.#byDigest.get(digest);
    if (record === undefined) return err({ type: "unknown_key" });
    if (record.revokedAt !== undefined) return err({ type: "revoked_key" });
    if (record.expiresAt !== undefined && now >= record.expiresAt) return err({ type: "expired_key" });
    return ok(record);
  }

  #put(record: KeyRecord): void {
    this.#remove(record.id);
    this.#byId.set(record.id, record);
    this.#byDigest.set(record.digest, record);
  }

  #remove(id: Id<"key">): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    this.#byId.delete(id);
    if (this.#byDigest.get(record.digest)?.id === id) this.#byDigest.delete(record.digest);
  }
}
