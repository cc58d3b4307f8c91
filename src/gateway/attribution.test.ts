import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Attribution } from "#events";
import { instant } from "#units";
import { createTare } from "../../sdk/index.ts";
import { answering, ask, chat, CLIENT_SECRET, Rig } from "./rig.ts";
import { ValueLimit } from "./value-limit.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start({
    script: answering,
    key: { team: "pinned" },
    keys: [{ secret: "free" }],
    routes: { support: { to: ["openai/gpt-5-mini"], defaults: { feature: "route-default" } } },
  });
});
afterAll(() => rig.stop());

type Said = { headers?: Record<string, string | string[]>; body?: Record<string, unknown>; secret?: string };

async function attributed({ headers = {}, body = {}, secret = CLIENT_SECRET }: Said): Promise<Attribution | undefined> {
  const answer = await ask(rig, { body: chat(body), headers: { ...headers, authorization: `Bearer ${secret}` } });
  const call = answer.headers["x-tare-call"];
  return rig.booked("attempt-dispatched").find((event) => event.call === call)?.attribution;
}

async function refusedField(headers: Record<string, string | string[]>): Promise<unknown> {
  const answer = await ask(rig, { body: chat(), headers });
  return answer.status === 400 ? JSON.parse(answer.body).error.field : answer.status;
}

describe("attribution", () => {
  it("goes by key's pin, header, baggage, body metadata, body user, route default, nobody", async () => {
    const everywhere: Said = {
      headers: {
        "x-tare-feature": "header",
        "x-tare-user": "header",
        "x-tare-team": "header",
        baggage: "tare.feature=baggage",
      },
      body: { model: "support", user: "body-user", metadata: { tare_feature: "metadata" } },
    };
    expect(await attributed(everywhere)).toMatchObject({
      tenant: "pinned",
      team: "pinned",
      feature: "header",
      user: "header",
      claimed: { team: "header" },
    });
    const { baggage } = everywhere.headers ?? {};
    expect(await attributed({ headers: { baggage: baggage ?? "" }, body: everywhere.body ?? {} })).toMatchObject({
      feature: "baggage",
      user: "body-user",
    });
    expect(await attributed({ body: everywhere.body ?? {} })).toMatchObject({ feature: "metadata", user: "body-user" });
    expect(await attributed({ body: { model: "support" } })).toMatchObject({
      feature: "route-default",
      user: "(none)",
    });
    expect(await attributed({})).toMatchObject({ feature: "(none)", session: "(none)", claimed: {} });
  });

  it("takes the team from whoever says so where the key has none, and keeps the tenant", async () => {
    expect(await attributed({ secret: "free", headers: { "x-tare-team": "claimed" } })).toMatchObject({
      tenant: "default",
      team: "claimed",
      claimed: {},
    });
  });

  it("reads tags, UTF-8 values and percent-encoded baggage", async () => {
    const utf8 = Buffer.from("Zürich ✓").toString("latin1");
    const found = await attributed({
      headers: { "x-tare-customer": utf8, "x-tare-tags": "a=1, b=two words", baggage: "x=1,tare.session=s%201;ttl=3" },
    });
    expect(found).toMatchObject({ customer: "Zürich ✓", tags: { a: "1", b: "two words" }, session: "s 1" });
  });

  it("reads tags as our SDK writes them, whatever stands in their values", async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/).filter((each) => each !== "__proto__");
    const unit = fc.constantFrom(...Array.from("aZ09 %,;=25Cö株🙂\"'\\+&#\u00a0"));
    const value = fc.string({ unit, minLength: 1, maxLength: 30 });
    const tare = createTare({ url: "http://tare.test", key: "k" });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 16 }), async (tags) => {
        const headers = tare.interaction({ tags }, () => tare.headers());
        const said = Object.entries(tags).map(([tag, each]) => [tag, each.trim()] as const);
        expect((await attributed({ headers }))?.tags).toEqual(
          Object.fromEntries(said.filter(([, each]) => each !== "")),
        );
      }),
      { numRuns: 60 },
    );
  });

  it.for([
    ["a=50%, b=100%25", { a: "50%", b: "100%" }],
    ["a=x%2Cy,b=K%c3%b6ln", { a: "x,y", b: "Köln" }],
    ["a=%FF%2C,b=%zz", { a: "%FF%2C", b: "%zz" }],
  ] as const)("reads what is encoded in the tags %s, and leaves the rest", async ([tags, read]) => {
    expect((await attributed({ headers: { "x-tare-tags": tags } }))?.tags).toEqual(read);
  });

  it("never sends what is ours in the body or headers upstream", async () => {
    await attributed({
      body: { metadata: { tare_feature: "leak-canary", kept: "yes" } },
      headers: { "x-tare-user": "leak-canary" },
    });
    const last = rig.sent.at(-1);
    expect(JSON.stringify(last)).not.toContain("leak-canary");
    expect(JSON.parse(last?.body ?? "").metadata).toEqual({ kept: "yes" });
  });

  it("goes by the interaction said, else the trace, else a new one", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const said = { "x-tare-interaction": "ticket:4.2-a_B", traceparent };
    expect((await attributed({ headers: said }))?.interaction).toBe("ticket:4.2-a_B");
    expect((await attributed({ headers: { traceparent } }))?.interaction).toBe("0af7651916cd43dd8448eb211c80319c");
    const zero = `00-${"0".repeat(32)}-b7ad6b7169203331-01`;
    expect((await attributed({ headers: { traceparent: zero } }))?.interaction).toMatch(/^interaction_/);
  });

  it.for([
    ["x-tare-interaction", "no spaces"],
    ["x-tare-interaction", "x".repeat(65)],
    ["x-tare-feature", "x".repeat(129)],
    ["x-tare-session", "a\u0085b"],
    ["x-tare-tags", "=1"],
    ["x-tare-tags", "a=1,a=2"],
    ["x-tare-tags", "a=1,b=2, a=1"],
    ["x-tare-tags", "a=x%0Ay"],
    ["x-tare-tags", `a=${"%C3%B6".repeat(65)}`],
    ["x-tare-tags", Array.from({ length: 17 }, (_, index) => `t${index}=1`).join(",")],
  ] as const)("refuses %s: %.20s", async ([name, value]) => {
    expect(await refusedField({ [name]: value })).toBe(name);
  });

  it.for(["feature", "team", "customer", "user", "environment", "session", "interaction"])(
    "refuses x-tare-%s that is sent twice, also where both say the same",
    async (name) => {
      const header = `x-tare-${name}`;
      const answer = await ask(rig, { body: chat(), headers: { [header]: ["a", "b"] } });
      expect(JSON.parse(answer.body).error).toMatchObject({
        code: "invalid_attribution",
        message: `\`${header}\` must be sent once.`,
      });
      expect(await refusedField({ [header]: ["a", "a"] })).toBe(header);
      expect(await refusedField({ [header]: "a" })).toBe(200);
    },
  );

  it("takes tags on several lines as one list, in which a name stands once", async () => {
    expect((await attributed({ headers: { "x-tare-tags": ["a=1", "b=2"] } }))?.tags).toEqual({ a: "1", b: "2" });
    expect(await refusedField({ "x-tare-tags": ["a=1", "a=2"] })).toBe("x-tare-tags");
  });

  it("keeps a long user of the body as a digest, and leaves out baggage that cannot be read", async () => {
    const user = `user_${"a".repeat(64)}_account_${"b".repeat(64)}`;
    const first = await attributed({ body: { user } });
    expect(first?.user).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect((await attributed({ body: { user } }))?.user).toBe(first?.user);
    expect(await attributed({ headers: { baggage: "tare.feature=%ZZ,tare.user=ok" } })).toMatchObject({
      user: "ok",
      feature: "(none)",
    });
  });

  it("of a refused call is what the key and the headers say", async () => {
    await ask(rig, { body: "{", headers: { "x-tare-feature": "refused" } });
    expect(rig.booked("call-refused").at(-1)?.attribution).toMatchObject({ team: "pinned", feature: "refused" });
  });
});

function onDay(day: number): ReturnType<typeof instant> {
  return instant(day * 86_400_000 + 5);
}

describe("the limit on values", () => {
  it("lets in so many new ones a day, keeps known ones, and begins again the next day", () => {
    const limit = new ValueLimit(2);
    expect(["a", "b", "c", "a"].map((value) => limit.admit("user", value, onDay(1)))).toEqual([
      "a",
      "b",
      "(other)",
      "a",
    ]);
    expect(limit.admit("feature", "c", onDay(1))).toBe("c");
    expect(["d", "e", "f", "a", "b"].map((value) => limit.admit("user", value, onDay(2)))).toEqual([
      "d",
      "e",
      "(other)",
      "a",
      "b",
    ]);
    expect(limit.admit("user", "a", onDay(9))).toBe("a");
  });

  it("never lets more than the limit of new values through in a day", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), fc.integer({ min: 1, max: 10 }), (values, most) => {
        const limit = new ValueLimit(most);
        const admitted = new Set(values.map((value) => limit.admit("user", value, instant(0))));
        admitted.delete("(other)");
        expect(admitted.size).toBeLessThanOrEqual(most);
      }),
    );
  });
});
