import { afterAll, beforeAll, expect, it } from "vitest";
import { permissions } from "#access";
import { TestControl } from "./test-control.ts";

type Json = Record<string, unknown>;
interface Operation extends Json {
  operationId: string;
  security: Json[];
  "x-tare-role"?: string;
  parameters?: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: Json;
  responses: Record<string, Json>;
}

let control: TestControl;
let document: { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Json } };
beforeAll(async () => {
  control = await new TestControl().start();
  document = (await control.ask({ path: "/api/openapi.json" })).json as typeof document;
});
afterAll(() => control.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

it("lists exactly the routes of the permission table, with what they need", () => {
  const rows = permissions.filter(({ listener, path }) => listener === "control" && path !== "/*");
  const inTable = rows.map(({ method, path, needs }) => `${method} ${path} ${needs}`);
  const inDocument = operations().map(
    ({ method, path, operation }) => `${method} ${path} ${operation["x-tare-role"] ?? "open"}`,
  );
  expect(inDocument.toSorted()).toEqual(inTable.toSorted());
  for (const { operation } of operations()) expect(operation.security.length === 0).toBe(!("x-tare-role" in operation));
});

it("is a sound document: version, ids once, every path parameter told, every reference there", () => {
  expect(document.openapi).toBe("3.1.0");
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const told = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(told.map(({ name, required }) => [name, required])).toEqual(inPath.map((name) => [name, true]));
    expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
    expect(operation.responses["default"]).toMatchObject({
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    });
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)));
  expect(JSON.stringify(document)).not.toContain("$schema");
});

it("tells the parameters of spend, filters too", () => {
  const { parameters = [] } = document.paths["/api/v1/spend"]?.["get"] ?? {};
  expect(parameters.map(({ name, required }) => (required ? `${name}!` : name))).toEqual([
    "by!",
    "from!",
    "to!",
    "tz",
    "filter",
    "limit",
    "cursor",
    "format",
  ]);
  expect(parameters.find(({ name }) => name === "filter")).toMatchObject({ style: "form", explode: true });
});

it("is what is told of wrong parameters: all of them at once, in our words and not in those of a library", async () => {
  const cookie = await control.session("admin");
  let wrong = 0;
  for (const { path, method, operation } of operations()) {
    const asked = (operation.parameters ?? []).filter(
      (parameter) => parameter.in === "query" && !/\W/.test(parameter.name),
    );
    if (method !== "GET" || asked.length === 0) continue;
    const target = path.replaceAll(/\{\w+\}/g, "some");
    const absent = await control.ask({ path: target, cookie });
    const needed = asked.filter(({ required }) => required).map(({ name }) => name);
    const missing = fieldsOf(absent.json).filter(({ detail }) => detail.startsWith("Is missing"));
    expect([path, missing.map((field) => field.path).toSorted()]).toEqual([path, needed.toSorted()]);
    const odd = new URLSearchParams(asked.map(({ name }) => [name, "\u00a7"]));
    const answer = await control.ask({ path: `${target}?${odd}`, cookie });
    for (const { detail } of fieldsOf(answer.json)) {
      wrong += 1;
      expect(`${path}: ${detail}`).not.toMatch(/: (?:Invalid|Too |Expected|Unrecognized)|received|regex|pattern/);
    }
  }
  expect(wrong).toBeGreaterThan(30);
});

function fieldsOf(json: unknown): readonly { readonly path: string; readonly detail: string }[] {
  return (json as { fields?: { path: string; detail: string }[] } | undefined)?.fields ?? [];
}
