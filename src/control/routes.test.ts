import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ok } from "#std";
import { Clients } from "./clients.ts";
import { problemCatalogue } from "./problems.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { noBody, noQuery, type Route, Routes } from "./routes.ts";
import { pepper, TestControl } from "./test-control.ts";

it("cannot be registered without a row in the permission table", async () => {
  const control = new TestControl();
  const doorkeeper = new Doorkeeper({
    tokens: control.books.tokens,
    pepper,
    world: control.world,
    clients: new Clients([]),
  });
  const routes = new Routes(doorkeeper);
  const open = {
    method: "GET",
    path: "/api/v1/secrets",
    summary: "",
    query: noQuery,
    body: noBody,
    answer: undefined,
    run: async () => ok({ bytes: "", mediaType: "text/plain" }),
  } as unknown as Route<typeof noQuery, typeof noBody, never>;
  expect(() => routes.add(open)).toThrow("has a row in the permission table");
  expect(routes.registered).toEqual([]);
  await control.stop();
});

it("has its codes in the docs, each with its status and title", () => {
  const rows = Object.entries(problemCatalogue).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  );
  const docs = readFileSync("docs/api.md", "utf8");
  const table = docs.split("\n").filter((line) => line.startsWith("| `"));
  expect(table).toEqual(rows);
});
