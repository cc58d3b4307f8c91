import { afterAll, beforeAll, expect, it } from "vitest";
import { Problem, Reconciliation } from "#contract";
import { aReconciliation } from "./test-answers.ts";
import { TestControl } from "./test-control.ts";

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl().start();
});
afterAll(() => control.stop());

const path = "/api/v1/reconciliations";

it("answers finance in the contract's shape, and writes into the audit that it was asked and what was found", async () => {
  const token = await control.token("finance");
  const answer = await control.ask({ method: "POST", path, token, body: { provider: "openai", pages: [{}] } });
  expect(Reconciliation.parse(answer.json)).toEqual(aReconciliation);
  const [line] = await control.books.audit.list({ limit: 1, after: undefined, subject: "provider openai" });
  expect(line).toMatchObject({ action: "reconciled", subject: "provider openai" });
  expect(JSON.parse(line?.after ?? "{}")).toMatchObject({ open_nanos: "400", from: "2026-01-01", to: "2026-01-02" });
});

it("takes a report of more than a megabyte, and none of more than 32", async () => {
  const token = await control.token("finance");
  const statuses = await Promise.all(
    [2, 33].map(async (mebibytes) => {
      const body = { provider: "openai", pages: [{ data: "x".repeat(mebibytes * 1024 * 1024) }] };
      return (await control.ask({ method: "POST", path, token, body })).status;
    }),
  );
  expect(statuses).toEqual([201, 413]);
});

it("says with a stable code and a path what of a page is wrong", async () => {
  const token = await control.token("finance");
  const answer = await control.ask({ method: "POST", path, token, body: { provider: "nobody", pages: [{}] } });
  expect(Problem.parse(answer.json)).toMatchObject({
    status: 400,
    code: "report_repeated",
    fields: [{ path: "pages.1.data.0", detail: "Twice." }],
  });
});
