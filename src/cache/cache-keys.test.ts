import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CacheKeys } from "#cache";

const secret = createSecretKey(Buffer.alloc(32, 7));
const call = { tenant: "a", revision: "r1", scope: ["/v1/chat/completions", "openai/gpt-5"] };

function keyOf(body: string | Buffer, differing: Partial<typeof call> = {}): string {
  return new CacheKeys(secret).keyOf({ ...call, ...differing, body: Buffer.from(body) });
}

/** JSON text of the same value with its names in another order, spaces and escapes. */
function rewritten(value: unknown): string {
  if (typeof value === "string")
    return `"${value
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")}"`;
  if (Array.isArray(value)) return `[ ${value.map(rewritten).join(" ,\n")} ]`;
  if (typeof value !== "object" || value === null) return ` ${JSON.stringify(value)} `;
  const members = Object.entries(value).toReversed();
  return `{\t${members.map(([name, inner]) => `${rewritten(name)} : ${rewritten(inner)}`).join(" , ")} }`;
}

const bodies = fc
  .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  // Surrogates alone are no text, and whole numbers beyond 2^53 have no one reading.
  .filter((value) => JSON.stringify(value).isWellFormed() && !/\d{16}|e\+/.test(JSON.stringify(value)));

describe("the key of a call", () => {
  it("is the same however the body is ordered, spaced and escaped", () => {
    fc.assert(
      fc.property(bodies, (value) => {
        expect(keyOf(rewritten(value))).toBe(keyOf(JSON.stringify(value)));
      }),
    );
  });

  it("is another for any other body", () => {
    fc.assert(
      fc.property(bodies, bodies, (one, other) => {
        const isSame = JSON.stringify(sorted(kept(one))) === JSON.stringify(sorted(kept(other)));
        expect(keyOf(JSON.stringify(one)) === keyOf(JSON.stringify(other))).toBe(isSame);
      }),
    );
  });

  it("is another for another tenant, revision, path or target, also where two values joined read alike", () => {
    const keys = [
      keyOf("{}"),
      keyOf("{}", { tenant: "b" }),
      keyOf("{}", { revision: "r2" }),
      keyOf("{}", { scope: ["/v1/chat/completions", "openai/gpt-4"] }),
      keyOf("{}", { scope: ["/v1/chat/completions\nopenai/gpt-5"] }),
      keyOf("{}", { scope: ["/v1/chat/completions"] }),
      keyOf("{}", { tenant: 'a","r1' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("does not depend on who asks, since that does not reach the model", () => {
    const plain = JSON.stringify({ messages: ["hi"] });
    const named = { user: "u", metadata: { a: { b: 1 } }, messages: ["hi"], safety_identifier: "s", model: "gpt" };
    expect(keyOf(JSON.stringify(named))).toBe(keyOf(plain));
    expect(keyOf(JSON.stringify({ messages: ["hi"], n: { user: "u" } }))).not.toBe(keyOf(plain));
  });

  it.for([
    ["a name that occurs twice", '{"a":1,"a":2}', '{"a":2}'],
    ["a name that occurs twice below", '{"m":[{"a":1,"a":2}]}', '{"m":[{"a":2}]}'],
    ["a name that occurs twice, once where it has no effect", '{"user":{"a":1,"a":2},"b":1}', '{"b":1}'],
    ["numbers beyond all that a double holds", '{"seed":1e400}', '{"seed":null}'],
    ["whole numbers that no double holds", '{"seed":9007199254740993}', '{"seed":9007199254740992}'],
  ])("does not take %s for its other reading", ([, one = "", other = ""]) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it("tells bytes apart that are no text", () => {
    expect(keyOf(Buffer.from([0x22, 0xff, 0x22]))).not.toBe(keyOf(Buffer.from([0x22, 0xfe, 0x22])));
  });

  it("says nothing without the secret", () => {
    const other = new CacheKeys(createSecretKey(Buffer.alloc(32, 8)));
    expect(other.keyOf({ ...call, body: Buffer.from("{}") })).not.toBe(keyOf("{}"));
  });

  it("does not depend on what was asked before, in however many scopes", () => {
    const parts = fc.constantFrom("/v1/chat/completions", "openai-beta: ", "openai-beta: a", "openai/gpt-5", "x", "");
    const calls = fc.record({
      tenant: fc.constantFrom("a", "b", 'a","r1'),
      revision: fc.constantFrom("r1", "r2"),
      scope: fc.array(parts, { maxLength: 4 }),
      body: fc.constantFrom('{"a":1,"b":2}', '{"b":2,"a":1}', "{}", "no JSON"),
    });
    fc.assert(
      fc.property(fc.array(calls, { minLength: 2, maxLength: 60 }), (all) => {
        const keys = new CacheKeys(secret);
        for (const { body, ...differing } of [...all, ...all])
          expect(keys.keyOf({ ...differing, body: Buffer.from(body) })).toBe(keyOf(body, differing));
      }),
    );
  });

  it("is never shared by two tenants: 100,000 calls that are the same or nearly", () => {
    const keys = new CacheKeys(secret);
    const ofTenant = (tenant: string) => {
      const made = new Set<string>();
      for (let made1 = 0; made1 < 50_000; made1 += 1) {
        const content = `question ${made1 % 25_000}`;
        const body = made1 % 2 === 0 ? { content, n: 1 } : { n: 1, content };
        made.add(keys.keyOf({ ...call, tenant, body: Buffer.from(JSON.stringify(body)) }));
      }
      return made;
    };
    const [one, other] = [ofTenant("a"), ofTenant("b")];
    expect(one.size).toBe(25_000);
    expect([...one].filter((key) => other.has(key))).toEqual([]);
  });
});

const without = ["user", "metadata", "labels", "safety_identifier", "prompt_cache_key", "model"];

function kept(value: object): unknown {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !without.includes(name)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([name, inner]) => [name, sorted(inner)]);
}
