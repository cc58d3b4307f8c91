/** Canaries: every secret that the control API meets, looked for in every place that it could leak to. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { err } from "#std";
import { TestControl } from "./test-control.ts";

it("leaves no secret in any answer, log or file but where it is given out", async () => {
  const canary = "canary-5ec4e7";
  const control = await new TestControl({
    analytics: {
      latency: () => Promise.reject(new Error(`a defect beside ${canary}`)),
      errors: async () => err({ type: "ledger-unavailable" }),
    },
  }).start();
  const answers: string[] = [];
  const ask: TestControl["ask"] = async (asked) => {
    const answer = await control.ask(asked);
    answers.push(answer.text, JSON.stringify(answer.headers));
    return answer;
  };

  const token = await control.token("admin");
  const login = await control.login("admin");
  const opened = await control.ask({ method: "POST", path: "/api/v1/session", body: { token: login } });
  const cookie = opened.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const created = await control.ask({ method: "POST", path: "/api/v1/keys", token, body: { name: "n" } });
  const { key, secret } = created.json as { key: { id: string }; secret: string };
  const rotated = await control.ask({ method: "POST", path: `/api/v1/keys/${key.id}/rotate`, token, body: {} });
  const second = (rotated.json as { secret: string }).secret;
  const secrets = [canary, token, login, cookie.split("=")[1] ?? "", secret, second];

  const span = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
  for (const target of ["keys", "status", `latency?${span}`, `errors?${span}`, "session", "calls", "prices"])
    for (const by of [{ token }, { cookie }, { token: secret }, { token: canary }, { token: login }])
      await ask({ path: `/api/v1/${target}`, ...by });
  await ask({ method: "POST", path: "/api/v1/session", body: { token: canary } });
  await ask({ method: "POST", path: "/api/v1/session", body: { token: { canary } } });
  await ask({ method: "POST", path: "/api/v1/session", body: Buffer.from(`{"token":"${canary}`) });
  await ask({ method: "POST", path: "/api/v1/keys", token, body: { expires_at: canary, team: 5 } });
  await ask({ path: "/metrics" });
  await ask({ path: "/api/openapi.json" });

  const files = readdirSync(control.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "latin1"));
  expect(files.length).toBeGreaterThan(2);
  expect(control.logged).toContainEqual(expect.objectContaining({ event: "control-defect", error: "Error" }));
  const places = {
    answers: answers.join("\n"),
    log: JSON.stringify([control.logged, control.deltas]),
    files: files.join(),
  };
  for (const [place, text] of Object.entries(places))
    for (const [index, each] of secrets.entries())
      expect(text.includes(each), `secret ${index} in ${place}`).toBe(false);
  await control.stop();
});
