import { afterAll, beforeAll, expect, it } from "vitest";
import { TestControl } from "./test-control.ts";

let control: TestControl;
let token: string;
beforeAll(async () => {
  control = await new TestControl().start();
  token = await control.token("finance");
});
afterAll(() => control.stop());

const post = (text: string) =>
  control.ask({ method: "POST", path: "/api/v1/revenue", token, body: { name: "r.csv", text } });

it("a file of revenue is taken, and one that is wrong says where", async () => {
  expect(await post("customer")).toMatchObject({ status: 201, json: { state: "imported", file: { name: "r.csv" } } });
  expect(await post("wrong")).toMatchObject({
    status: 422,
    json: { code: "revenue_unreadable", fields: [{ path: "line 1", detail: "Wrong." }] },
  });
  const twice = await post("twice");
  expect(twice).toMatchObject({ status: 409, json: { code: "revenue_repeated" } });
  expect(twice.text).toContain("Line 2 says what line 3 of q.csv says already");
});

it("margins and revenue are asked for a range that goes forward", async () => {
  for (const name of ["margins", "revenue"]) {
    const path = `/api/v1/${name}?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z`;
    expect(await control.ask({ path, token })).toMatchObject({ status: 400, json: { code: "invalid_query" } });
  }
});
