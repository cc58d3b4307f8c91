import { createHmac, hash, type KeyObject } from "node:crypto";
import { crc32 } from "node:zlib";
import { assert } from "#std";
import { Secret } from "#units";

const PREFIX = "tare_sk_";
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// 62^43 is just above 2^256, and 62^6 just above 2^32.
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;

/**
 * `tare_sk_`, 256 random bits (64 hex digits from `world.chance`) in base 62, and a CRC-32 of what stands before it, so
 * that a scanner can tell a real key from a look-alike without asking.
 */
export function newKeySecret(randomHex: string): Secret {
  assert(/^[0-9a-f]{64}$/.test(randomHex), "a key secret is made of 256 random bits");
  const body = PREFIX + base62(BigInt(`0x${randomHex}`), SECRET_DIGITS);
  return new Secret(body + base62(BigInt(crc32(body)), CHECKSUM_DIGITS));
}

/**
 * HMAC-SHA-256 in hex: what is kept in place of a secret. A fast hash is right for 256 random bits, where a slow one
 * would only be a lever for overload. The pepper is a KeyObject because a Buffer costs 11 µs a call in place of 1.9.
 */
export function keyDigest(pepper: KeyObject, secret: Secret): string {
  return createHmac("sha256", pepper).update(secret.reveal()).digest("hex");
}

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const SECRET_BYTES_MAX = 512;

/**
 * Makes the same digests as `keyDigest`, for who makes one with every call: two plain hashes over blocks that are
 * prepared once (RFC 2104) leave no native object behind to be collected, which took more than the hashing.
 */
export class KeyDigester {
  readonly #pepper: KeyObject;
  readonly #inner = Buffer.alloc(BLOCK_BYTES + SECRET_BYTES_MAX);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);

  constructor(pepper: KeyObject) {
    this.#pepper = pepper;
    const key = pepper.export();
    assert(key.length <= BLOCK_BYTES, "a pepper is not longer than a block of SHA-256");
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      this.#inner[at] = (key[at] ?? 0) ^ 0x36;
      this.#outer[at] = (key[at] ?? 0) ^ 0x5c;
    }
  }

  digest(secret: Secret): string {
    const text = secret.reveal();
    if (Buffer.byteLength(text) > SECRET_BYTES_MAX) return keyDigest(this.#pepper, secret);
    const end = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES);
    const inner = hash("sha256", this.#inner.subarray(0, end), "binary");
    // The secret stays nowhere.
    this.#inner.fill(0, BLOCK_BYTES, end);
    this.#outer.write(inner, BLOCK_BYTES, "binary");
    return hash("sha256", this.#outer, "hex");
  }
}

/** The last four characters, by which people tell keys apart; nothing is told of a short secret from a config file. */
export function keyHint(secret: Secret): string {
  const text = secret.reveal();
  return text.length >= 24 ? text.slice(-4) : "…";
}

function base62(value: bigint, width: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = (DIGITS[Number(rest % 62n)] ?? "") + text;
  return text.padStart(width, "0");
}
