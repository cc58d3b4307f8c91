/** Every route of the control API with every kind of credential, generated from the table: a new route is tried too. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { permissions } from "#access";
import { instant } from "#units";
import { anAlert, aStoredKey } from "./test-answers.ts";
import { type Answer, type Ask, TestControl } from "./test-control.ts";

const rows = permissions.filter((row) => row.listener === "control");
type Row = (typeof rows)[number];

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl().start();
});
afterAll(() => control.stop());

const unsafe = ({ method }: Row) => method !== "GET";

const tokens = new Map<string, string>();
/** One for all cells: the books wait for the disk with each token that is made. */
async function tokenOf(role: string): Promise<string> {
  const token = tokens.get(role) ?? (await control.token(role));
  tokens.set(role, token);
  return token;
}

/** How somebody comes, and who that makes them: a role, nobody, or somebody with an answer of their own. */
const credentials: Readonly<Record<string, (row: Row) => Promise<{ ask: Partial<Ask>; is: string }>>> = {
  nothing: async () => ({ ask: {}, is: "nobody" }),
  "a wrong token": async () => ({ ask: { token: "wrong" }, is: "nobody" }),
  "an empty token": async () => ({ ask: { headers: { authorization: "Bearer " } }, is: "nobody" }),
  "basic credentials": async () => ({ ask: { headers: { authorization: "Basic YWRtaW46YWRtaW4=" } }, is: "nobody" }),
  "an expired token": async () => {
    const token = await control.token("admin", 1000);
    control.now = instant(control.now + 1000);
    return { ask: { token }, is: "nobody" };
  },
  "a token of no known role": async () => ({ ask: { token: await tokenOf("root") }, is: "nobody" }),
  "two tokens that differ": async () => ({
    ask: { token: await tokenOf("admin"), headers: { "x-api-key": await control.token("admin") } },
    is: "nobody",
  }),
  "a one-time token as bearer": async () => ({ ask: { token: await control.login("admin") }, is: "nobody" }),
  "a data-plane key": async () => {
    const created = await control.ask({
      method: "POST",
      path: "/api/v1/keys",
      token: await tokenOf("admin"),
      body: {},
    });
    return { ask: { token: (created.json as { secret: string }).secret }, is: "nobody" };
  },
  "a session that is over": async () => {
    const cookie = await control.session("admin");
    control.now = instant(control.now + 12 * 60 * 60_000);
    return { ask: { cookie, headers: { "x-tare-session": "1" } }, is: "nobody" };
  },
  "a made-up session": async () => ({ ask: { cookie: `tare_session=${"a".repeat(64)}` }, is: "nobody" }),
  "a wrong token beside a session": async () => ({
    ask: { cookie: await control.session("admin"), token: "wrong", headers: { "x-tare-session": "1" } },
    is: "nobody",
  }),
  "an admin's token from another name": async () => ({
    ask: { token: await tokenOf("admin"), headers: { host: "evil.example" } },
    is: "misdirected",
  }),
  "an admin's session from another site": async () => ({
    ask: { cookie: await control.session("admin"), headers: { "x-tare-session": "1", "sec-fetch-site": "cross-site" } },
    is: "foreign",
  }),
  "an admin's session from another port of this machine": async () => ({
    ask: { cookie: await control.session("admin"), headers: { "x-tare-session": "1", "sec-fetch-site": "same-site" } },
    is: "foreign",
  }),
  "an admin's session from another origin": async () => ({
    ask: { cookie: await control.session("admin"), headers: { "x-tare-session": "1", origin: "http://evil.example" } },
    is: "foreign",
  }),
  "an admin's session without the header": async (row) => ({
    ask: { cookie: await control.session("admin") },
    is: unsafe(row) ? "headless" : "admin",
  }),
};
for (const role of ["viewer", "finance", "admin"] as const) {
  Object.assign(credentials, {
    [`the token of a ${role}`]: async () => ({ ask: { token: await tokenOf(role) }, is: role }),
    [`the session of a ${role}`]: async () => ({
      ask: { cookie: await control.session(role), headers: { "x-tare-session": "1", "sec-fetch-site": "same-origin" } },
      is: role,
    }),
  });
}

/** The status of a cell, written down apart from the code: who reaches what. */
function expected(row: Row, is: string, ask: Partial<Ask>): number {
  if (is === "misdirected") return 421;
  if (row.needs === "open") return is === "foreign" && unsafe(row) ? 403 : successOf(row);
  if (is === "nobody") return 401;
  if (is === "foreign" || is === "headless") return 403;
  // A page must not have secrets written to a disk.
  if (row.path === "/api/v1/backups" && ask.cookie !== undefined) return 403;
  const ranks = ["viewer", "finance", "admin"];
  const needed = row.needs === "viewer-unless-loopback" ? "viewer" : row.needs;
  return ranks.indexOf(is) >= ranks.indexOf(needed) ? successOf(row) : 403;
}

function successOf({ method, path }: Row): number {
  if (method === "DELETE" || path === "/api/v1/cache/forget") return 204;
  return method === "POST" && !/\/(revoke|resend)$/.test(path) ? 201 : 200;
}

async function askFor(row: Row, by: Partial<Ask>): Promise<Answer> {
  const body = await bodyFor(row);
  return control.ask({
    method: row.method,
    path: await pathFor(row),
    ...by,
    // A proxy on this machine speaks for others: without it /metrics would be open.
    headers: {
      ...(row.path === "/metrics" ? { "x-forwarded-for": "203.0.113.9" } : {}),
      ...(row.path.endsWith("/parts") ? { "content-type": "application/octet-stream" } : {}),
      ...by.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

async function pathFor({ method, path }: Row): Promise<string> {
  const span = "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
  if (path === "/api/v1/exports/focus") return `${path}${span}`;
  if (path === "/api/v1/spend") return `${path}${span}&by=team`;
  if (["latency", "errors", "tags", "unit-costs", "margins", "returns"].some((name) => path === `/api/v1/${name}`))
    return `${path}${span}`;
  if (path === "/api/v1/revenue" && method === "GET") return `${path}${span}`;
  if (path === "/api/v1/calls/{id}") return "/api/v1/calls/call_1";
  if (path === "/api/v1/budgets/{id}") return path.replace("{id}", await freshBudget());
  if (path === "/api/v1/tokens/{id}") return path.replace("{id}", await freshToken());
  if (path.includes("/alerts/{id}/")) return path.replace("{id}", await freshAlert());
  if (path === "/api/v1/interactions/{id}") return "/api/v1/interactions/once.a:b-c_d";
  if (path === "/api/v1/periods/{id}/close") return path.replace("{id}", "2026-10");
  if (path === "/api/v1/allocations/explain") return `${path}?value=search`;
  if (path.startsWith("/api/v1/statements/")) return "/api/v1/statements/search/2026-10";
  if (path === "/api/v1/outcomes/{id}") return "/api/v1/outcomes/ticket-7";
  if (path.startsWith("/api/v1/reports/{id}")) return path.replace("{id}", "openai");
  if (path === "/api/v1/imports/{id}/parts") return "/api/v1/imports/import_1/parts?offset=0";
  if (path.startsWith("/api/v1/imports/{id}")) return path.replace("{id}", "import_1");
  if (path.includes("/keys/{id}/")) return path.replace("{id}", await freshKey());
  return path.replace("*", "any/page");
}

async function freshToken(): Promise<string> {
  const name = control.world.chance.hex(8);
  const token = { name, role: "viewer", digest: name, createdAt: control.now, expiresAt: undefined };
  await control.books.tokens.create(token, control.change());
  return name;
}

async function freshKey(): Promise<string> {
  const id = control.world.chance.id("key");
  await control.books.keys.create(aStoredKey({ id, digest: id, createdAt: control.now }), control.change());
  return id;
}

async function freshBudget(): Promise<string> {
  const id = control.world.chance.hex(8);
  const written = JSON.stringify({ name: id, scope: "everything", per: "day", limit: "1 USD" });
  await control.books.budgets.put({ id, written, who: "", at: control.now, audit: control.world.chance.id("audit") });
  return id;
}

async function freshAlert(): Promise<string> {
  const id = control.world.chance.id("alert");
  await control.books.alerts.raise(anAlert({ id, once: id }));
  return id;
}

async function bodyFor({ method, path }: Row): Promise<unknown> {
  if (method === "PUT") return { scope: "everything", per: "day", limit: "5 USD" };
  if (method !== "POST") return undefined;
  if (path === "/api/v1/session") return { token: await control.login("viewer") };
  if (path === "/api/v1/tokens") return { name: control.world.chance.hex(8), role: "viewer" };
  if (path === "/api/v1/backups") return { folder: "/backups/monday" };
  if (path === "/api/v1/steps") return { steps: [{ id: "s", interaction: "i", kind: "tool", name: "search" }] };
  if (path === "/api/v1/revenue") return { name: "r.csv", text: "customer,from,to,amount,currency" };
  if (path === "/api/v1/imports") return { name: "january.csv" };
  const range = { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z", reason: "contract" };
  if (path === "/api/v1/prices/preview") return range;
  if (path === "/api/v1/prices/apply") return { ...range, expected_nanos: "-500" };
  if (path === "/api/v1/reconciliations") return { provider: "openai", pages: [{}] };
  const days = { provider: "openai", from: "2026-01-01", to: "2026-01-31" };
  if (path === "/api/v1/reconciliations/settle/preview") return days;
  if (path === "/api/v1/reconciliations/settle/apply") return { ...days, expected_nanos: "-500" };
  if (path === "/api/v1/reports/{id}/book") return { month: "2026-01" };
  if (path === "/api/v1/outcomes") return { outcomes: [{ id: "o", interaction: "i", name: "resolved" }] };
  return path === "/api/v1/keys" ? { name: "n" } : {};
}

it.for(rows)(
  "lets into $method $path exactly who the table says, and changes nothing where it says no",
  async (row) => {
    for (const [name, come] of Object.entries(credentials)) {
      // Past the window of the failure limit, or its 429 would stand in for the 401.
      control.now = instant(control.now + 61_000);
      const { ask, is } = await come(row);
      const before = [control.deltas.length, control.budgetsTold.length];
      const answer = await askFor(row, ask);
      expect(answer.status, `with ${name}: ${answer.text.slice(0, 200)}`).toBe(expected(row, is, ask));
      if (answer.status === 401) expect(answer.headers["www-authenticate"], name).toBe("Bearer");
      if (answer.status >= 400) expect([control.deltas.length, control.budgetsTold.length], name).toEqual(before);
    }
  },
);

it("tries the whole table", () => {
  expect(rows.length).toBe(permissions.filter(({ listener }) => listener !== "data").length);
  expect(rows.length * Object.keys(credentials).length).toBeGreaterThan(400);
});

it("serves no path but those of the table, by no method but theirs", async () => {
  const token = await control.token("admin");
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
  for (const path of new Set(rows.map((row) => row.path))) {
    for (const method of methods) {
      const known = rows.some((row) => row.path === path && row.method === (method === "HEAD" ? "GET" : method));
      if (known) continue;
      const answer = await control.ask({ method, path: path.replace("{id}", "x").replace("*", "x"), token });
      expect(answer.status, `${method} ${path}`).toBe(405);
    }
  }
  for (const path of ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/keys", "/api/v1/keys/", "/api/v1/Keys"])
    expect((await control.ask({ path, token })).status, path).toBe(404);
});

it("decides by the matched route, so no spelling of a path gets around its permission", async () => {
  const targets = [
    "/api/v1/keys",
    "/API/V1/KEYS",
    "//api/v1/keys",
    "/./api/v1/keys",
    "/x/../api/v1/keys",
    "/api/v1/%6beys",
    "/api%2fv1%2fkeys",
    "/api/v1/keys;x=1",
    "/api/v1/keys%00",
    "/api/v1/keys#",
    "/%2e%2e/api/v1/keys",
    "/api\\v1\\keys",
  ];
  for (const target of targets) {
    const answer = await control.ask({ path: target });
    expect(answer.text, target).not.toContain('"rows"');
  }
  for (const header of ["x-http-method-override", "x-original-url", "x-rewrite-url", "x-forwarded-host"]) {
    const answer = await control.ask({ path: "/api/v1/status", headers: { [header]: "/healthz" } });
    expect(answer.status, header).toBe(401);
  }
});

it("keeps metrics open for the machine itself only", async () => {
  expect((await control.ask({ path: "/metrics" })).status).toBe(200);
  for (const header of ["forwarded", "x-forwarded-for", "x-real-ip", "via"])
    expect((await control.ask({ path: "/metrics", headers: { [header]: "127.0.0.1" } })).status, header).toBe(401);
});
