import { expect, it } from "vitest";
import { permissionOf, permissions } from "#access";

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

it("lets only an admin change anything by a token, but who looks after money may say what was done and came of it", () => {
  const names = ["steps", "outcomes", "reconciliations", "reports", "imports", "prices", "revenue", "periods"];
  const reports = names.map((name) => `/api/v1/${name}/`);
  const changes = permissions.filter(({ listener, method }) => listener === "control" && method !== "GET");
  for (const { path, needs } of changes)
    if (!path.endsWith("/session"))
      expect(needs, path).toBe(reports.some((report) => `${path}/`.startsWith(report)) ? "finance" : "admin");
});

function admitted(listener: "data" | "control", method: string, path: string) {
  return ([undefined, "viewer", "finance", "admin"] as const).map((role) =>
    permissionOf(listener, method, path)?.admits(role),
  );
}

it("gives each role what the one before it has", () => {
  expect(admitted("control", "GET", "/api/openapi.json")).toEqual([true, true, true, true]);
  expect(admitted("control", "GET", "/api/v1/spend")).toEqual([false, true, true, true]);
  expect(admitted("control", "GET", "/metrics")).toEqual([false, true, true, true]);
  expect(admitted("control", "POST", "/api/v1/keys")).toEqual([false, false, false, true]);
  expect(admitted("data", "POST", "/v1/messages")).toEqual([false, false, false, false]);
});
