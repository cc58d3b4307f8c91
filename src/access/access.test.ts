import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  extractCredential,
  isModelAllowed,
  KeyDigester,
  keyHint,
  type KeyRecord,
  KeyRing,
  newKeySecret,
} from "#access";
import { keyDigest } from "./key-secret.ts";
import { instant, Secret } from "#units";

const pepper = createSecretKey(Buffer.alloc(32, 7));

/** Writes one secret the way each SDK does. */
const carriers = {
  bearer: (secret: string) => ({ headers: ["Authorization", `Bearer ${secret}`], query: "" }),
  anthropic: (secret: string) => ({ headers: ["x-api-key", secret], query: "" }),
  gemini: (secret: string) => ({ headers: ["X-Goog-Api-Key", secret], query: "" }),
  query: (secret: string) => ({ headers: [], query: `key=${encodeURIComponent(secret)}` }),
};
const carrierNames = Object.keys(carriers) as (keyof typeof carriers)[];
const secretText = fc.stringMatching(/^[\x21-\x7e]{1,512}$/);

function carry(...carried: { headers: string[]; query: string }[]) {
  const extracted = extractCredential(
    carried.flatMap(({ headers }) => ["accept", "*/*", ...headers]),
    new URLSearchParams(carried.map(({ query }) => query).join("&")),
  );
  return extracted.ok ? extracted.value?.reveal() : extracted.error.type;
}

describe("a digest that is made with every call", () => {
  it("is the one that was kept, whatever came before it", () => {
    const pepperBytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(
        pepperBytes,
        fc.array(fc.string({ unit: "binary", maxLength: 600 }), { maxLength: 5 }),
        (bytes, texts) => {
          const key = createSecretKey(bytes);
          const digester = new KeyDigester(key);
          const secrets = texts.map((text) => new Secret(text));
          expect(secrets.map((one) => digester.digest(one))).toEqual(secrets.map((one) => keyDigest(key, one)));
        },
      ),
    );
  });
});

describe("a credential", () => {
  it("is the same from every carrier, alone or from several that agree", () => {
    fc.assert(
      fc.property(secretText, fc.subarray(carrierNames, { minLength: 1 }), (secret, names) => {
        expect(carry(...names.map((name) => carriers[name](secret)))).toBe(secret);
      }),
    );
  });

  it("is refused when two carriers differ", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(secretText, { minLength: 2, maxLength: 2 }),
        fc.shuffledSubarray(carrierNames, { minLength: 2, maxLength: 2 }),
        ([left = "", right = ""], [first = "bearer", second = "query"]) => {
          expect(carry(carriers[first](left), carriers[second](right))).toBe("conflicting_credentials");
        },
      ),
    );
  });

  it.for(carrierNames)("is refused when %s comes twice, even the same", (name) => {
    expect(carry(carriers[name]("same"), carriers[name]("same"))).toBe("conflicting_credentials");
  });

  it("is absent when nobody sent one", () => {
    expect(extractCredential(["host", "x", "cookie", "key=abc"], undefined)).toEqual({ ok: true, value: undefined });
    expect(extractCredential([], new URLSearchParams("api_key=abc&Key=abc"))).toEqual({ ok: true, value: undefined });
  });

  it.for([
    ["authorization", "Basic dXNlcjpwYXNz"],
    ["authorization", "Bearer"],
    ["authorization", "Bearer "],
    ["authorization", "Bearer two words"],
    ["authorization", ""],
    ["x-api-key", ""],
    ["x-api-key", "not\u00e9ascii"],
    ["x-goog-api-key", "a".repeat(513)],
    ["authorization", `Bearer ${"a".repeat(513)}`],
  ])("is refused as malformed: %s: %.40s", (header) => {
    expect(extractCredential(header, undefined)).toEqual({ ok: false, error: { type: "malformed_credential" } });
  });

  it("does not take time that grows with the square of what is sent", () => {
    const spaces = `Bearer ${" ".repeat(60_000)}!\u0000`;
    const before = performance.now();
    expect(extractCredential(["authorization", spaces], undefined).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe("a key's secret", () => {
  it("holds all 256 bits, always in the same form", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(255), (bytes, bit) => {
        const secret = newKeySecret(Buffer.from(bytes).toString("hex")).reveal();
        expect(secret).toMatch(/^tare_sk_[0-9A-Za-z]{49}$/);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(newKeySecret(Buffer.from(bytes).toString("hex")).reveal().slice(8, 51)).not.toBe(secret.slice(8, 51));
      }),
    );
  });

  it("is kept as a digest that depends on the pepper and on every character", () => {
    const secret = newKeySecret("ab".repeat(32));
    const digest = keyDigest(pepper, secret);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(keyDigest(pepper, new Secret(secret.reveal()))).toBe(digest);
    expect(keyDigest(pepper, new Secret(secret.reveal().slice(0, -1)))).not.toBe(digest);
    expect(keyDigest(createSecretKey(Buffer.alloc(32, 8)), secret)).not.toBe(digest);
  });

  it("hints at four characters, and at none of a short one", () => {
    const secret = newKeySecret("00".repeat(32));
    expect(keyHint(secret)).toBe(secret.reveal().slice(-4));
    expect(keyHint(new Secret("short-secret"))).toBe("…");
  });
});

function record(name: string, more: Partial<KeyRecord> = {}): KeyRecord {
  return { id: `key_${name}`, name, digest: `d-${name}`, hint: "…", origin: "books", createdAt: instant(0), ...more };
}

describe("the key ring", () => {
  it("knows a key until its expiry, and not at it", () => {
    const ring = new KeyRing();
    ring.apply({ type: "keys-put", records: [record("a", { expiresAt: instant(1000) })] });
    expect(ring.find("d-a", instant(999)).ok).toBe(true);
    expect(ring.find("d-a", instant(1000))).toEqual({ ok: false, error: { type: "expired_key" } });
    expect(ring.find("d-b", instant(0))).toEqual({ ok: false, error: { type: "unknown_key" } });
  });

  it("refuses a revoked key at once, and says so rather than that it expired", () => {
    const ring = new KeyRing();
    ring.apply({ type: "keys-put", records: [record("a")] });
    ring.apply({ type: "keys-put", records: [record("a", { revokedAt: instant(5), expiresAt: instant(6) })] });
    expect(ring.find("d-a", instant(9))).toEqual({ ok: false, error: { type: "revoked_key" } });
  });

  it("lets both keys of a rotation in while they overlap", () => {
    const ring = new KeyRing();
    ring.apply({
      type: "keys-put",
      records: [record("old", { expiresAt: instant(100), replacedBy: "key_new" }), record("new")],
    });
    expect([ring.find("d-old", instant(99)).ok, ring.find("d-new", instant(99)).ok]).toEqual([true, true]);
    expect([ring.find("d-old", instant(100)).ok, ring.find("d-new", instant(100)).ok]).toEqual([false, true]);
  });

  it("replaces the keys of one origin and leaves the other's", () => {
    const ring = new KeyRing();
    ring.apply({ type: "keys-put", records: [record("book"), record("old", { origin: "config" })] });
    ring.apply({ type: "keys-replaced", origin: "config", records: [record("new", { origin: "config" })] });
    expect(ring.size).toBe(2);
    expect(ring.find("d-book", instant(0)).ok && ring.find("d-new", instant(0)).ok).toBe(true);
    expect(ring.find("d-old", instant(0)).ok).toBe(false);
  });

  it("agrees with a plain list of records under any deltas, and applying each twice changes nothing", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const deltas = fc.array(
      fc.oneof(
        fc.record({ put: names, digest: fc.constantFrom("1", "2", "3", "4", "5") }),
        fc.record({ removed: names }),
      ),
    );
    fc.assert(
      fc.property(deltas, (steps) => {
        const ring = new KeyRing();
        let model: KeyRecord[] = [];
        for (const step of steps) {
          const id = `key_${"put" in step ? step.put : step.removed}` as const;
          model = model.filter((other) => other.id !== id);
          if ("put" in step) {
            // Two keys with one digest would be two keys with one secret.
            const put = record(step.put, { digest: `${step.put}${step.digest}` });
            model.push(put);
            ring.apply({ type: "keys-put", records: [put] });
            ring.apply({ type: "keys-put", records: [put] });
          } else {
            ring.apply({ type: "keys-removed", ids: [id] });
            ring.apply({ type: "keys-removed", ids: [id] });
          }
        }
        expect(ring.size).toBe(model.length);
        for (const name of ["a", "b", "c", "d"])
          for (const digit of ["1", "2", "3", "4", "5"]) {
            const found = ring.find(`${name}${digit}`, instant(0));
            const known = model.find(({ digest }) => digest === `${name}${digit}`);
            expect(found.ok ? found.value : undefined).toEqual(known);
          }
      }),
    );
  });
});

describe("a key's models", () => {
  it.for([
    [undefined, ["anything"], true],
    [[], ["anything"], false],
    [["support"], ["support"], true],
    [["support"], ["Support"], false],
    [["support"], ["support-2"], false],
    [["openai/*"], ["gpt-5-mini", "openai/gpt-5-mini"], true],
    [["openai/*"], ["openai"], false],
    [["gpt-5*"], ["gpt-5"], true],
    [["*"], ["anything"], true],
    [["*-mini"], ["gpt-5-mini"], false],
    [["support"], [], false],
  ] as const)("%j let %j: %s", ([models, names, allowed]) => {
    expect(isModelAllowed({ models }, names)).toBe(allowed);
  });
});
