import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditPage, CreatedToken, TokenPage } from "#contract";
import { type Answer, TestControl } from "./test-control.ts";

let control: TestControl;
let admin: string;
beforeEach(async () => {
  control = await new TestControl().start();
  admin = await control.token("admin");
});
afterEach(() => control.stop());

const post = (path: string, body: unknown, token = admin): Promise<Answer> =>
  control.ask({ method: "POST", path, token, body });
const create = async (body: unknown): Promise<CreatedToken> => {
  const answer = await post("/api/v1/tokens", body);
  expect(answer.status, answer.text).toBe(201);
  return CreatedToken.parse(answer.json);
};
const audit = async (query = ""): Promise<AuditPage> =>
  AuditPage.parse((await control.ask({ path: `/api/v1/audit${query}`, token: admin })).json);

describe("a token", () => {
  it("works at once, with its role and no more", async () => {
    const { secret } = await create({ name: "grafana", role: "viewer" });
    expect((await control.ask({ path: "/api/v1/status", token: secret })).status).toBe(200);
    expect((await post("/api/v1/keys", {}, secret)).status).toBe(403);
    expect((await post("/api/v1/tokens", { name: "more", role: "admin" }, secret)).status).toBe(403);
  });

  it("is listed without its secret", async () => {
    const { secret, token } = await create({ name: "grafana", role: "finance", expires_at: "2027-01-01T00:00:00Z" });
    const answer = await control.ask({ path: "/api/v1/tokens", token: admin });
    expect(TokenPage.parse(answer.json).rows).toContainEqual(token);
    expect(answer.text).not.toContain(secret);
  });

  it("is found on one page of all tokens, by name", async () => {
    const names = ["a", "b", "c", "d"];
    for (const name of names.toReversed()) await create({ name, role: "viewer" });
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const query = cursor === undefined ? "" : `&cursor=${cursor}`;
      const page = TokenPage.parse((await control.ask({ path: `/api/v1/tokens?limit=2${query}`, token: admin })).json);
      expect(page.rows.length).toBeLessThanOrEqual(2);
      seen.push(...page.rows.map(({ name }) => name));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(seen.filter((name) => names.includes(name))).toEqual(names);
    expect(seen).toEqual(seen.toSorted());
  });

  it("ends at once, and cannot be ended twice", async () => {
    const { secret } = await create({ name: "ci", role: "viewer" });
    const end = () => control.ask({ method: "DELETE", path: "/api/v1/tokens/ci", token: admin });
    expect((await end()).status).toBe(204);
    expect((await control.ask({ path: "/api/v1/status", token: secret })).status).toBe(401);
    expect((await end()).status).toBe(404);
  });

  it.each([
    [{ name: "ci", role: "root" }, 400, "invalid_body"],
    [{ name: "two words", role: "viewer" }, 400, "invalid_body"],
    [{ name: "ci", role: "viewer", expires_at: "2020-01-01T00:00:00Z" }, 400, "invalid_body"],
    [{ name: "taken", role: "viewer" }, 409, "name_taken"],
  ])("is not made of %j", async (body, status, code) => {
    await create({ name: "taken", role: "viewer" });
    expect(await post("/api/v1/tokens", body)).toMatchObject({ status, json: { code } });
  });

  it("of the data folder is not ended over the API", async () => {
    const answer = await control.ask({ method: "DELETE", path: "/api/v1/tokens/admin", token: admin });
    expect(answer).toMatchObject({ status: 409, json: { code: "token_in_folder" } });
  });
});

describe("the audit", () => {
  it("says who did what, with before and after, and never a secret", async () => {
    const { secret } = await create({ name: "ops", role: "admin" });
    const made = await post("/api/v1/keys", { team: "support" }, secret);
    const { key, secret: keySecret } = made.json as { key: { id: string }; secret: string };
    await post(`/api/v1/keys/${key.id}/revoke`, {}, secret);
    const { rows } = await audit();
    expect(rows.map(({ who, action }) => `${who}: ${action}`)).toEqual([
      "token ops: key-revoked",
      "token ops: key-created",
      expect.stringMatching(/^token .+: token-created$/),
    ]);
    expect(JSON.parse(rows[0]?.before ?? "{}")).not.toHaveProperty("revokedAt");
    expect(JSON.parse(rows[0]?.after ?? "{}")).toHaveProperty("revokedAt");
    for (const canary of [secret, keySecret]) expect(JSON.stringify(rows)).not.toContain(canary);
  });

  it("is read in pages and by subject", async () => {
    for (const name of ["a", "b", "c"]) await create({ name, role: "viewer" });
    const first = await audit("?limit=2");
    const second = await audit(`?limit=2&cursor=${first.cursor}`);
    expect([...first.rows, ...second.rows].map(({ subject }) => subject)).toEqual(["token c", "token b", "token a"]);
    expect(second.cursor).toBeUndefined();
    expect((await audit("?subject=token%20b")).rows).toHaveLength(1);
    expect((await control.ask({ path: "/api/v1/audit?cursor=x", token: admin })).status).toBe(400);
  });
});

describe("a backup", () => {
  it("is asked for with a token from the machine itself, one at a time", async () => {
    expect(await post("/api/v1/backups", { folder: "/backups/monday" })).toMatchObject({ status: 201 });
    expect(await post("/api/v1/backups", { folder: "monday" })).toMatchObject({
      status: 409,
      json: { code: "backup_failed", detail: "Not an absolute path." },
    });
    const forwarded = { method: "POST", path: "/api/v1/backups", token: admin, body: { folder: "/backups/monday" } };
    expect(await control.ask({ ...forwarded, headers: { "x-forwarded-for": "203.0.113.9" } })).toMatchObject({
      status: 403,
      json: { code: "backup_not_local" },
    });
  });
});
