import { afterAll, beforeAll, expect, it } from "vitest";
import { PriceChangePreview } from "#contract";
import { TestControl } from "./test-control.ts";

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl().start();
});
afterAll(() => control.stop());

const change = { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z", reason: "contract 17" };
const path = "/api/v1/prices/apply";

it("shows a change without a line in the audit, and applies it with one that says why and how much", async () => {
  const token = await control.token("finance");
  const shown = await control.ask({ method: "POST", path: "/api/v1/prices/preview", token, body: change });
  const { total } = PriceChangePreview.parse(shown.json);
  expect(await control.books.audit.list({ limit: 1, after: undefined, subject: "prices" })).toEqual([]);
  const body = { ...change, expected_nanos: total.difference_nanos };
  expect((await control.ask({ method: "POST", path, token, body })).status).toBe(201);
  const [line] = await control.books.audit.list({ limit: 1, after: undefined, subject: "prices" });
  expect(JSON.parse(line?.after ?? "{}")).toMatchObject({
    reason: "contract 17",
    attempts: 2,
    difference_nanos: "-500",
  });
});

it("refuses what was not previewed, and what has no reason", async () => {
  const token = await control.token("finance");
  const other = await control.ask({ method: "POST", path, token, body: { ...change, expected_nanos: "1" } });
  expect([other.status, other.text]).toEqual([409, expect.stringContaining("preview_changed")]);
  const { reason: _, ...silent } = change;
  const unreasoned = await control.ask({ method: "POST", path, token, body: { ...silent, expected_nanos: "-500" } });
  expect([unreasoned.status, unreasoned.text]).toEqual([400, expect.stringContaining("reason")]);
  const half = { ...change, discounts: [{ provider: "openai", percent: "101" }] };
  expect((await control.ask({ method: "POST", path: "/api/v1/prices/preview", token, body: half })).status).toBe(400);
});
