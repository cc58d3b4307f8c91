import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeyDigester, type KeyRecord } from "#access";
import { CreatedKey, Key, KeyPage } from "#contract";
import { instant, Secret } from "#units";
import { type Answer, pepper, TestControl } from "./test-control.ts";

let control: TestControl;
let token: string;
beforeEach(async () => {
  control = await new TestControl().start();
  token = await control.token("admin");
});
afterEach(() => control.stop());

const post = (path: string, body: unknown): Promise<Answer> => control.ask({ method: "POST", path, token, body });
const list = async (query = ""): Promise<KeyPage> =>
  KeyPage.parse((await control.ask({ path: `/api/v1/keys${query}`, token })).json);
const create = async (body: unknown = {}): Promise<CreatedKey> => {
  const answer = await post("/api/v1/keys", body);
  expect(answer.status, answer.text).toBe(201);
  return CreatedKey.parse(answer.json);
};
const inGateway = (secret: string) =>
  control.ring.find(new KeyDigester(pepper).digest(new Secret(secret)), control.now);
const pagedIds = async (limit: number): Promise<string[]> => {
  const seen: string[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined;) {
    const page: KeyPage = await list(`?limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    seen.push(...page.rows.map(({ id }) => id));
    cursor = page.cursor;
  }
  return seen;
};
const fieldsOf = ({ json }: Answer) => (json as { fields: { path: string; detail: string }[] }).fields;

function configured(name: string): KeyRecord {
  return { id: `key_${name}`, name, digest: name, hint: "…", origin: "config", createdAt: control.now };
}

describe("a new key", () => {
  it("works in the gateway at once, with everything it was given", async () => {
    const body = {
      name: "ci",
      team: "support",
      feature: "chat",
      customer: "acme",
      environment: "prod",
      models: ["support", "openai/*"],
      max_output_tokens: 500,
      max_context: 8000,
      require_interaction: true,
      expires_at: "2026-01-03T00:00:00+01:00",
    };
    const { key, secret } = await create(body);
    expect(secret).toMatch(/^tare_sk_/);
    expect(key).toEqual({
      ...body,
      id: key.id,
      hint: secret.slice(-4),
      origin: "books",
      state: "active",
      created_at: "2026-01-02T03:04:05.678Z",
      expires_at: "2026-01-02T23:00:00.000Z",
    });
    const found = inGateway(secret);
    expect(found.ok && found.value).toMatchObject({ id: key.id, team: "support", models: ["support", "openai/*"] });
    const limits = { maxOutputTokens: 500, maxContextTokens: 8000, requireInteraction: true };
    expect(found.ok && found.value).toMatchObject(limits);
    control.now = instant(Date.parse("2026-01-02T23:00:00Z"));
    expect(inGateway(secret)).toEqual({ ok: false, error: { type: "expired_key" } });
    expect((await list()).rows[0]?.state).toBe("expired");
  });

  it("cannot be given what only we decide", async () => {
    for (const name of ["id", "digest", "hint", "origin", "role", "created_at", "revoked_at", "secret", "__proto__"]) {
      const answer = await post("/api/v1/keys", Buffer.from(`{"name":"x","${name}":"y"}`));
      expect(answer.status, name).toBe(400);
      expect(fieldsOf(answer)).toEqual([expect.objectContaining({ path: name })]);
    }
    expect((await list()).rows).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("says every field that is wrong, and what was meant", async () => {
    const answer = await post("/api/v1/keys", { nmae: "x", models: ["a*b"], team: 5 });
    expect(fieldsOf(answer)).toEqual([
      { path: "team", detail: expect.any(String) },
      { path: "nmae", detail: "No such field. Did you mean `name`?" },
    ]);
    expect(
      fieldsOf(await post("/api/v1/keys", { models: ["ok*", "a*b"], expires_at: "2020-01-01T00:00:00Z" })),
    ).toEqual([
      { path: "models.1", detail: "`*` may stand only at the end." },
      { path: "expires_at", detail: "Must be in the future." },
    ]);
  });
});

describe("revoking", () => {
  it("ends a key in the gateway and stays as it is when done again", async () => {
    const { key, secret } = await create();
    const revoked = Key.parse((await post(`/api/v1/keys/${key.id}/revoke`, {})).json);
    expect(revoked.state).toBe("revoked");
    expect(inGateway(secret)).toEqual({ ok: false, error: { type: "revoked_key" } });
    control.now = instant(control.now + 5000);
    const again = Key.parse((await post(`/api/v1/keys/${key.id}/revoke`, {})).json);
    expect(again.revoked_at).toBe(revoked.revoked_at);
  });

  it.for(["key_unknown", "call_1", "%27%3B--", "x".repeat(200)])("of %s finds nothing", async (id) => {
    expect((await post(`/api/v1/keys/${id}/revoke`, {})).status).toBe(404);
  });
});

describe("rotating", () => {
  it("lets both keys in for the overlap, then only the new one", async () => {
    const old = await create({ name: "ci", team: "t" });
    const next = CreatedKey.parse((await post(`/api/v1/keys/${old.key.id}/rotate`, { overlap_seconds: 60 })).json);
    expect(next.secret).not.toBe(old.secret);
    expect(next.key).toMatchObject({ name: "ci", team: "t", state: "active" });
    expect((await list()).rows.map(({ state }) => state).toSorted()).toEqual(["active", "rotating"]);
    control.now = instant(control.now + 59_999);
    expect([inGateway(old.secret).ok, inGateway(next.secret).ok]).toEqual([true, true]);
    control.now = instant(control.now + 1);
    expect([inGateway(old.secret).ok, inGateway(next.secret).ok]).toEqual([false, true]);
  });

  it("without an overlap ends the old key at once", async () => {
    const old = await create();
    await post(`/api/v1/keys/${old.key.id}/rotate`, { overlap_seconds: 0 });
    expect(inGateway(old.secret).ok).toBe(false);
  });

  it("cannot be done twice, nor to a key that is over", async () => {
    const { key } = await create();
    await post(`/api/v1/keys/${key.id}/rotate`, {});
    expect((await post(`/api/v1/keys/${key.id}/rotate`, {})).status).toBe(409);
    const revoked = await create();
    await post(`/api/v1/keys/${revoked.key.id}/revoke`, {});
    expect((await post(`/api/v1/keys/${revoked.key.id}/rotate`, {})).status).toBe(409);
    expect((await post("/api/v1/keys/key_unknown/rotate", {})).status).toBe(404);
  });

  it.for([-1, 1.5, "60", 1e9, null])("refuses an overlap of %j", async (overlap_seconds) => {
    const { key } = await create();
    expect((await post(`/api/v1/keys/${key.id}/rotate`, { overlap_seconds })).status).toBe(400);
  });
});

describe("keys of the configuration", () => {
  it("are listed before the others, and can only be changed there", async () => {
    control.configured = [configured("b"), configured("a")];
    const { key } = await create();
    expect((await list()).rows.map(({ id }) => id)).toEqual(["key_a", "key_b", key.id]);
    for (const verb of ["revoke", "rotate"]) expect((await post(`/api/v1/keys/key_a/${verb}`, {})).status).toBe(409);
  });

  it("are paged with the others, each key once, at any size of a page", async () => {
    for (let inBooks = 0; inBooks < 4; inBooks += 1) {
      for (const inConfig of [0, 1, 3]) {
        control.configured = ["a", "b", "c"].slice(0, inConfig).map(configured);
        const all = (await list()).rows.map(({ id }) => id);
        expect(all).toHaveLength(inConfig + inBooks);
        for (const limit of [1, 2, 4]) expect(await pagedIds(limit)).toEqual(all);
      }
      await create();
    }
  });

  it.for(["nonsense", "config.x", "config.", "1"])("refuse the cursor %s", async (cursor) => {
    const answer = await control.ask({ path: `/api/v1/keys?cursor=${cursor}`, token });
    expect([answer.status, fieldsOf(answer)[0]?.path]).toEqual([400, "cursor"]);
  });
});
