import { createHmac, hash, type KeyObject } from "node:crypto";
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
/** Of one tenant: routes and versions of its clients. More than these are found by their text. */
const RECENT_MAX = 8;

/** Everything of a call that its answer depends on, but for its body; one object as long as it is known. */
export interface Scope extends Omit<CallToKey, "body" | "tenant"> {
  /** As JSON, so that no value can pass for the beginning of the next. */
  readonly text: string;
  /** Keys by the plain digest of the body, which never leaves this map. */
  readonly keys: Map<string, string>;
}

/**
 * Keys of answers: an HMAC-SHA-256 over tenant, revision, scope and the canonical body, so that whoever sees a key learns
 * nothing of the prompt and nobody can make a body that lands on another's key. Bodies seen before skip canonicalisation.
 */
export class CacheKeys {
  readonly #secret: KeyObject;
  /**
   * By their text. Keys are known by scope and body apart: an HMAC over everything took 3.4 µs of a call of 1.5 KB in place of 2.0,
   * and leaves an object behind that has to be collected.
   */
  readonly #scopes = new Map<string, Scope>();
  /** The last of each tenant, to be found without a text being made. */
  readonly #recent = new Map<string, Scope[]>();
  #knownCount = 0;

  constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  keyOf(call: CallToKey): string {
    return this.keyIn(this.scopeOf(call), call.body);
  }

  /** `scope` is of these keys. */
  keyIn(scope: Scope, body: Buffer): string {
    const digest = hash("sha256", body, "base64url");
    const known = scope.keys.get(digest);
    if (known !== undefined) return known;
    const canonical = canonicalBody(body);
    const key =
      canonical === undefined
        ? this.#digest("bytes", scope.text, body)
        : this.#digest("canonical", scope.text, canonical);
    scope.keys.set(digest, key);
    this.#countKnown();
    return key;
  }

  /** The same object for the same values, until too many are known. */
  scopeOf(call: Omit<CallToKey, "body">): Scope {
    const recent = this.#recent.get(call.tenant);
    const known = recent?.find((scope) => isSame(scope, call));
    if (known !== undefined) return known;
    const { tenant, revision, scope: parts } = call;
    const text = JSON.stringify([tenant, revision, ...parts]);
    const scope = this.#scopes.get(text) ?? { revision, scope: parts, text, keys: new Map<string, string>() };
    this.#scopes.set(text, scope);
    this.#recent.set(tenant, [scope, ...(recent ?? [])].slice(0, RECENT_MAX));
    return scope;
  }

  #countKnown(): void {
    this.#knownCount += 1;
    if (this.#knownCount < KNOWN_MAX) return;
    this.#scopes.clear();
    this.#recent.clear();
    this.#knownCount = 0;
  }

  #digest(kind: string, scope: string, body: Buffer | string): string {
    return createHmac("sha256", this.#secret)
      .update(`${PURPOSE}\n${kind}\n${scope}\n`)
      .update(body)
      .digest("base64url");
  }
}

function isSame({ revision, scope }: Scope, call: Omit<CallToKey, "body">): boolean {
  return revision === call.revision && areSame(scope, call.scope);
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}
