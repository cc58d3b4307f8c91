import { createHmac, type KeyObject } from "node:crypto";
import { canonicalBody } from "./canonical-body.ts";

/** Everything of a call that its answer depends on. */
export interface CallToKey {
  /** First in every key: two tenants never share one. */
  readonly tenant: string;
  /** Of the configuration in force: what it changes may change answers. */
  readonly revision: string;
  /** Path, forwarded headers, targets that may answer: in an order of the caller's, always the same. */
  readonly scope: readonly string[];
  readonly body: Buffer;
}

const PURPOSE = "tare cache 1";
/** So many different bodies are remembered with the key that they led to; a key is 43 characters. */
const KNOWN_MAX = 20_000;

/**
 * Keys of answers: an HMAC-SHA-256 over tenant, revision, scope and the canonical body, so that whoever sees a key learns
 * nothing of the prompt and nobody can make a body that lands on another's key. Bodies seen before skip canonicalisation.
 */
export class CacheKeys {
  readonly #secret: KeyObject;
  readonly #known = new Map<string, string>();

  constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  keyOf({ body, ...call }: CallToKey): string {
    const scope = scopeOf(call);
    const exact = this.#digest("bytes", scope, body);
    const known = this.#known.get(exact);
    if (known !== undefined) return known;
    const canonical = canonicalBody(body);
    const key = canonical === undefined ? exact : this.#digest("canonical", scope, canonical);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(exact, key);
    return key;
  }

  #digest(kind: string, scope: string, body: Buffer | string): string {
    return createHmac("sha256", this.#secret)
      .update(`${PURPOSE}\n${kind}\n${scope}\n`)
      .update(body)
      .digest("base64url");
  }
}

/** As JSON, so that no value can pass for the beginning of the next. */
function scopeOf({ tenant, revision, scope }: Omit<CallToKey, "body">): string {
  return JSON.stringify([tenant, revision, ...scope]);
}
