import { afterAll, beforeAll, expect, it } from "vitest";
import { KeptReport, KeptReports, Problem, Reconciliation, Reconciliations, SettlementPreview } from "#contract";
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

it("answers viewers with the comparisons and the reports that are kept, and takes no range that is too long", async () => {
  const token = await control.token("viewer");
  const kept = await control.ask({ path: `${path}?from=2026-01-01&to=2026-01-31&provider=openai`, token });
  expect(Reconciliations.parse(kept.json)).toMatchObject({ from: "2026-01-01", rows: [{ provider: "openai" }] });
  const reports = await control.ask({ path: "/api/v1/reports", token });
  expect(KeptReports.parse(reports.json).rows).toMatchObject([{ provider: "openai", days: 2 }]);
  for (const range of ["from=2026-01-02&to=2026-01-01", "from=2025-01-01&to=2026-01-01", "from=January"])
    expect((await control.ask({ path: `${path}?${range}`, token })).status, range).toBe(400);
});

it("fetches a report for finance, with a line in the audit, and knows none of others", async () => {
  const token = await control.token("finance");
  const fetchOf = (provider: string, body: object = {}) =>
    control.ask({ method: "POST", path: `/api/v1/reports/${provider}/fetch`, token, body });
  const answer = await fetchOf("openai", { from: "2026-01-01", to: "2026-01-02" });
  expect([answer.status, KeptReport.parse(answer.json).provider]).toEqual([201, "openai"]);
  const lines = await control.books.audit.list({ limit: 9, after: undefined, subject: "provider openai" });
  expect(lines.some(({ action }) => action === "report-fetched")).toBe(true);
  expect((await fetchOf("nobody")).status).toBe(404);
  expect((await fetchOf("openai", { from: "2025-01-01", to: "2026-01-01" })).status).toBe(400);
});

it("previews a settlement, books what was shown with a line in the audit, and nothing where it is another", async () => {
  const token = await control.token("finance");
  const ask = (what: "preview" | "apply", body: object) =>
    control.ask({ method: "POST", path: `${path}/settle/${what}`, token, body });
  const days = { provider: "openai", from: "2026-01-01", to: "2026-01-31" };
  const shown = SettlementPreview.parse((await ask("preview", days)).json);
  const { difference_nanos: expected_nanos } = shown.total;
  const done = await ask("apply", { ...days, expected_nanos });
  expect(SettlementPreview.parse(done.json)).toEqual(shown);
  const lines = await control.books.audit.list({ limit: 9, after: undefined, subject: "provider openai" });
  expect(JSON.parse(lines.find(({ action }) => action === "settled")?.after ?? "{}")).toMatchObject({ attempts: 2 });
  const other = await ask("apply", { ...days, expected_nanos: "7" });
  expect(Problem.parse(other.json)).toMatchObject({ status: 409, code: "preview_changed" });
  for (const range of [{ from: "2026-02-01" }, { from: "2025-01-01" }])
    expect((await ask("preview", { ...days, ...range })).status).toBe(400);
});

it("books a month of a report for finance, and says when none is kept", async () => {
  const token = await control.token("finance");
  const book = (provider: string, month: string) =>
    control.ask({ method: "POST", path: `/api/v1/reports/${provider}/book`, token, body: { month } });
  expect((await book("openai", "2026-01")).status).toBe(201);
  expect((await book("nobody", "2026-01")).status).toBe(404);
  expect((await book("openai", "2026-13")).status).toBe(400);
});
