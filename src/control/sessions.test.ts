import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instant } from "#units";
import { type Answer, TestControl, tokenName } from "./test-control.ts";

let control: TestControl;
beforeEach(async () => {
  control = await new TestControl().start();
});
afterEach(() => control.stop());

const login = (token: string, headers: Record<string, string> = {}): Promise<Answer> =>
  control.ask({ method: "POST", path: "/api/v1/session", body: { token }, headers });
const codeOf = ({ json }: Answer) => (json as { code?: string }).code;

describe("a one-time token", () => {
  it("opens one session and nothing after that", async () => {
    const token = await control.login("finance");
    const opened = await login(token);
    expect(opened.status).toBe(201);
    expect(opened.json).toEqual({ role: "finance", by: "session", expires_at: "2026-01-02T15:04:05.678Z" });
    const again = await login(token);
    expect([again.status, codeOf(again)]).toEqual([401, "login_failed"]);
  });

  it("opens only one session when many come at once", async () => {
    const token = await control.login("admin");
    const all = await Promise.all(Array.from({ length: 8 }, () => login(token)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("is over after ten minutes", async () => {
    const [early, late] = [await control.login("admin"), await control.login("admin")];
    control.now = instant(control.now + 10 * 60_000 - 1);
    expect((await login(early)).status).toBe(201);
    control.now = instant(control.now + 1);
    expect((await login(late)).status).toBe(401);
  });

  it("is not used up by a page of another site", async () => {
    const token = await control.login("admin");
    expect((await login(token, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await login(token, { origin: "null" })).status).toBe(403);
    expect((await login(token, { "content-type": "text/plain" })).status).toBe(415);
    expect((await login(token)).status).toBe(201);
  });
});

describe("a session", () => {
  it("lives in a cookie that no script and no other site can use", async () => {
    const [cookie] = (await login(await control.login("admin"))).headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^tare_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  });

  it("is for TLS only when the page came by TLS", async () => {
    const token = await control.login("admin");
    const host = "tare.example:8443";
    const opened = await login(token, { host, origin: `https://${host}` });
    expect(opened.headers["set-cookie"]?.[0]).toContain("; Secure");
  });

  it("can be opened with a standing token too, and ends with that token", async () => {
    const token = await control.token("viewer");
    const opened = await login(token);
    const cookie = opened.headers["set-cookie"]?.[0]?.split(";")[0];
    expect((await control.ask({ path: "/api/v1/session", cookie })).json).toMatchObject({ role: "viewer" });
    await control.books.tokens.ensure({
      name: tokenName(token),
      digest: "another",
      role: "viewer",
      now: control.now,
      expiresAt: undefined,
    });
    expect((await control.ask({ path: "/api/v1/session", cookie })).status).toBe(401);
  });

  it("ends when it is closed, and takes its cookie along", async () => {
    const cookie = await control.session("admin");
    const headers = { "x-tare-session": "1", "sec-fetch-site": "same-origin" };
    const closed = await control.ask({ method: "DELETE", path: "/api/v1/session", cookie, headers });
    expect(closed.status).toBe(204);
    expect(closed.headers["set-cookie"]?.[0]).toMatch(/^tare_session=; .*Max-Age=0/);
    expect((await control.ask({ path: "/api/v1/session", cookie })).status).toBe(401);
  });

  it("is a new one at each login", async () => {
    expect(await control.session("admin")).not.toBe(await control.session("admin"));
  });

  it("is found among other cookies, and not in the end of another's name", async () => {
    const cookie = await control.session("admin");
    expect((await control.ask({ path: "/api/v1/session", cookie: `a=b; ${cookie}; c=d` })).status).toBe(200);
    expect((await control.ask({ path: "/api/v1/session", cookie: `x${cookie}` })).status).toBe(401);
  });
});

describe("wrong credentials", () => {
  it("are slowed down after twenty in a minute, and never keep out who has the right one", async () => {
    const token = await control.token("viewer");
    const statuses: number[] = [];
    for (let count = 0; count < 25; count += 1) {
      const answer =
        count % 2 === 0 ? await login(`guess-${count}`) : await control.ask({ path: "/api/v1/status", token: "guess" });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), ...Array.from({ length: 5 }, () => 429)]);
    expect((await control.ask({ path: "/api/v1/status", token })).status).toBe(200);
    control.now = instant(control.now + 60_000);
    expect((await login("guess")).status).toBe(401);
  });

  it("do not count when there are none", async () => {
    for (let count = 0; count < 30; count += 1)
      expect((await control.ask({ path: "/api/v1/status" })).status).toBe(401);
  });
});
