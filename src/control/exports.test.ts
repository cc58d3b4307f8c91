import { afterAll, beforeAll, expect, it } from "vitest";
import { TestControl } from "./test-control.ts";

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl().start();
});
afterAll(() => control.stop());

const path = "/api/v1/exports/focus?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";

it("streams a table under a file name, says how many entries have no price, and notes in the audit who took it", async () => {
  const answer = await control.ask({ path: `${path}&version=1.2`, token: await control.token("finance") });
  expect(answer.text).toBe("BilledCost\r\n1.2\r\n");
  expect(answer.headers["content-disposition"]).toBe('attachment; filename="focus-2026-01-01-2026-02-01.csv"');
  expect(answer.headers["x-tare-unpriced"]).toBe("2");
  const [line] = await control.books.audit.list({ limit: 1, after: undefined, subject: "focus" });
  expect(line).toMatchObject({ action: "exported", after: expect.stringContaining('"version":"1.2"') });
});

it.for(["&version=2.0", "&format=xlsx", "&per=hour", "&more=1"])("refuses %s with what is wrong", async (more) => {
  const answer = await control.ask({ path: path + more, token: await control.token("finance") });
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("invalid_query");
});
