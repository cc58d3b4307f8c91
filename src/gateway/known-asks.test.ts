import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CacheKeys } from "#cache";
import { type Ask, wireFormats } from "#providers";
import { type AskSaid, KnownAsks } from "./known-asks.ts";
import { PathTable } from "./paths.ts";

const MIB = 1024 * 1024;
const paths = new PathTable(wireFormats);

const keys = new CacheKeys(createSecretKey(Buffer.alloc(32, 7)));
const scope = keys.scopeOf({ tenant: "a", revision: "r1", scope: ["/v1/chat/completions"] });
const kept = { scope, key: "k" };

function placeAt(path: string): AskSaid["place"] {
  const found = paths.find("POST", path);
  if (!found.ok || found.value.type !== "endpoint") throw new Error(`${path} is no endpoint`);
  return found.value;
}

const chat = placeAt("/v1/chat/completions");

function said(body: string | Buffer, differing: Partial<AskSaid> = {}): AskSaid {
  return { tenant: "a", place: chat, contentType: "application/json", body: Buffer.from(body), ...differing };
}

function read({ place, contentType, body }: AskSaid): Ask {
  const { format, endpoint, parameters } = place;
  const ask = format.readAsk({ endpoint, parameters, query: new URLSearchParams(), contentType, body });
  if (!ask.ok) throw new Error(ask.error.type);
  return ask.value;
}

function bodyOf(content: string, max = 10): string {
  return JSON.stringify({ model: "gpt-5", max_tokens: max, messages: [{ role: "user", content }] });
}

describe("asks that are known", () => {
  it("are given for the same bytes of the same tenant at the same path, and for nothing else", () => {
    const asks = new KnownAsks();
    expect(asks.find(said(bodyOf("hi")))).toBeUndefined();
    const ask = read(said(bodyOf("hi")));
    asks.learn(said(bodyOf("hi")), ask, kept);
    expect(asks.find(said(bodyOf("hi")))).toBe(ask);
    expect(asks.find(said(bodyOf("ho")))).toBeUndefined();
    expect(asks.find(said(`${bodyOf("hi")} `))).toBeUndefined();
    expect(asks.find(said(bodyOf("hi"), { tenant: "b" }))).toBeUndefined();
    expect(asks.find(said(bodyOf("hi"), { contentType: "text/plain" }))).toBeUndefined();
    expect(asks.find(said(bodyOf("hi"), { place: placeAt("/v1/responses") }))).toBeUndefined();
  });

  it("have a key in the scope of the last call alone", () => {
    const asks = new KnownAsks();
    const ask = read(said(bodyOf("hi")));
    expect(asks.keyOf(ask, scope)).toBeUndefined();
    asks.learn(said(bodyOf("hi")), ask, kept);
    expect(asks.keyOf(ask, scope)).toBe("k");
    const other = keys.scopeOf({ tenant: "a", revision: "r2", scope: ["/v1/chat/completions"] });
    expect(asks.keyOf(ask, other)).toBeUndefined();
    asks.learn(said(bodyOf("hi")), ask, { scope: other, key: "l" });
    expect([asks.keyOf(ask, scope), asks.keyOf(ask, other)]).toEqual([undefined, "l"]);
    expect(asks.keyOf(read(said(bodyOf("hi"))), other)).toBeUndefined();
  });

  it("say what reading the body would, whatever was asked before", () => {
    // Alike but for few bytes, so that many fall into the slot of another.
    const contents = fc.nat(2_000).map((number) => `${"x".repeat(1_000)}${number}${"y".repeat(1_000)}`);
    const bodies = fc.tuple(contents, fc.integer({ min: 1, max: 3 })).map(([content, max]) => bodyOf(content, max));
    const changes = { model: "other", outputCap: 2, includeUsage: false };
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 1, maxLength: 40 }), (all) => {
        const asks = new KnownAsks();
        for (const body of [...all, ...all]) {
          const anew = read(said(body));
          const known = asks.find(said(body));
          if (known === undefined) asks.learn(said(body), anew, kept);
          else {
            expect(known.facts).toEqual(anew.facts);
            expect(known.rewrite(changes).toString()).toBe(anew.rewrite(changes).toString());
          }
        }
        const last = all.at(-1) ?? "";
        expect(asks.find(said(last))?.facts).toEqual(read(said(last)).facts);
      }),
    );
  });

  it("are let go when their bodies are too many bytes, and one that is too large alone is not taken", () => {
    const asks = new KnownAsks();
    const large = said(bodyOf("x".repeat(9 * MIB)));
    asks.learn(large, read(large), kept);
    expect(asks.find(large)).toBeUndefined();
    const all = Array.from({ length: 20 }, (_, index) => said(bodyOf("x".repeat(MIB + index * 100))));
    for (const one of all) {
      asks.learn(one, read(one), kept);
      expect(asks.find(one)).toBeDefined();
      const known = all.filter((other) => asks.find(other) !== undefined);
      expect(known.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(8 * MIB);
    }
  });

  it("are forgotten together", () => {
    const asks = new KnownAsks();
    asks.learn(said(bodyOf("hi")), read(said(bodyOf("hi"))), kept);
    asks.clear();
    expect(asks.find(said(bodyOf("hi")))).toBeUndefined();
  });
});
