import { expect, it } from "vitest";
import { isAllowed, permissionOf, permissions, roles } from "#access";

it("has one row for each route", () => {
  const names = permissions.map(({ listener, method, path }) => `${listener} ${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
});

it("knows a route by its template and nothing else", () => {
  expect(permissionOf("control", "POST", "/api/v1/keys/{id}/revoke")?.needs).toBe("admin");
  for (const path of [
    "/api/v1/keys/key_1/revoke",
    "/api/v1/keys/",
    "/API/v1/keys",
    "//api/v1/keys",
    "/api/v1/keys?x=1",
  ])
    expect(permissionOf("control", "POST", path)).toBeUndefined();
  expect(permissionOf("data", "GET", "/api/v1/keys")).toBeUndefined();
  expect(permissionOf("control", "PUT", "/api/v1/keys")).toBeUndefined();
});

it("opens on the data plane only what says that the gateway lives", () => {
  const open = permissions.filter(({ listener, needs }) => listener === "data" && needs !== "key");
  expect(open.map(({ path }) => path)).toEqual(["/healthz", "/readyz"]);
});

it("lets only an admin change anything by a token", () => {
  const changes = permissions.filter(({ listener, method }) => listener === "control" && method !== "GET");
  for (const { path, needs } of changes) if (!path.endsWith("/session")) expect(needs, path).toBe("admin");
});

it("gives each role what the one before it has", () => {
  const grants = roles.map((role) => ["viewer", "finance", "admin"].map((need) => isAllowed(role, need as "viewer")));
  expect(grants).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
  for (const role of [undefined, ...roles]) {
    expect(isAllowed(role, "open")).toBe(true);
    expect(isAllowed(role, "key")).toBe(false);
    expect(isAllowed(role, "viewer-unless-loopback")).toBe(role !== undefined);
  }
});
