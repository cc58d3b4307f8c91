import { type Books } from "#books";
import {
  BillImport,
  BookReport,
  FetchReport,
  KeptReconciliationQuery,
  KeptReport,
  KeptReports,
  NewReconciliation,
  Reconciliation,
  Reconciliations,
} from "#contract";
import { assert, err, ok, type Result } from "#std";
import { type World } from "#world";
import { type ImportProblem, importRefused } from "./bill-routes.ts";
import { changeBy } from "./change-by.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

/** What of the pages cannot be compared, with its path in the body. */
export interface ReconciliationProblem {
  readonly code: "report_not_understood" | "report_incomplete" | "report_repeated" | "report_not_by_model";
  readonly path: string;
  readonly detail: string;
}

export interface ReconciliationSource {
  reconcile(asked: NewReconciliation): Promise<Result<Reconciliation, ReconciliationProblem>>;
  /** Of the reports that are kept. */
  kept(query: KeptReconciliationQuery): Promise<Reconciliations>;
  reports(): Promise<KeptReports>;
  /** Undefined where the configuration does not say how. */
  fetch(provider: string, range: FetchReport): Promise<KeptReport | undefined>;
  /** Imports what the kept report has and no entry, as a bill of the month; undefined where nothing of it is kept. */
  book(provider: string, month: string, who: string): Promise<Result<BillImport, ImportProblem> | undefined>;
}

interface Parts {
  readonly source: ReconciliationSource;
  readonly audit: Books["audit"];
  readonly world: World;
  readonly log: ControlLog;
}

const RANGE_MS_MAX = 92 * 86_400_000;

/** Provider reports of a month by model, tier and key are some hundred kilobytes a page. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

export function addReconciliationRoutes(routes: Routes, parts: Parts): void {
  addComparison(routes, parts);
  addReports(routes, parts);
  addBooking(routes, parts);
}

function addComparison(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "GET",
    path: "/api/v1/reconciliations",
    summary: "The ledger against the reports that are kept, by provider and day, with every difference and its cause.",
    query: KeptReconciliationQuery,
    body: noBody,
    answer: Reconciliations,
    run: async ({ query }) => {
      const { from, to } = query;
      if (from !== undefined && to !== undefined && (from > to || Date.parse(to) - Date.parse(from) > RANGE_MS_MAX))
        return err({
          code: "invalid_query",
          detail: "Some query parameters are wrong.",
          fields: [{ path: "to", detail: "Not before from, and at most 92 days." }],
        });
      return ok({ json: await source.kept(query) });
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/reconciliations",
    summary:
      "Holds the ledger against a provider's own report, and keeps that. It changes no booking; that it was asked is in the audit.",
    query: noQuery,
    body: NewReconciliation,
    bodyBytesMax: BODY_BYTES_MAX,
    answer: Reconciliation,
    status: 201,
    run: async ({ body, caller }) => {
      const found = await source.reconcile(body);
      if (!found.ok) {
        const { code, path, detail } = found.error;
        return err({ code, detail: "These pages cannot be compared.", fields: [{ path, detail }] });
      }
      const { provider, from, to, open_nanos } = found.value;
      const change = changeBy(caller, world);
      const after = JSON.stringify({ from, to, open_nanos, by_cause: found.value.by_cause });
      await audit.add(change, { action: "reconciled", subject: `provider ${provider}`, before: undefined, after });
      log("info", "reconciled", { provider, from, to, open: open_nanos, who: change.who });
      return ok({ status: 201, json: found.value });
    },
  });
}

function addReports(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "GET",
    path: "/api/v1/reports",
    summary: "Whose usage and cost reports are kept, since when, and what did not come.",
    query: noQuery,
    body: noBody,
    answer: KeptReports,
    run: async () => ok({ json: await source.reports() }),
  });
  routes.add({
    method: "POST",
    path: "/api/v1/reports/{id}/fetch",
    summary: "Fetches a provider's report now, by the key in tare.yaml, and says what is kept of it then.",
    query: noQuery,
    body: FetchReport,
    answer: KeptReport,
    status: 201,
    run: async ({ id, body, caller }) => {
      const { from, to } = body;
      if (from !== undefined && Date.parse(to ?? from) - Date.parse(from) > RANGE_MS_MAX)
        return err({
          code: "invalid_body",
          detail: "At most 92 days.",
          fields: [{ path: "from", detail: "Too early." }],
        });
      const change = changeBy(caller, world);
      const report = await source.fetch(id, body);
      if (report === undefined)
        return err({ code: "not_found", detail: "Nothing of this name stands under reports in tare.yaml." });
      const after = JSON.stringify({ from, to, problem: report.problem });
      await audit.add(change, { action: "report-fetched", subject: `provider ${id}`, before: undefined, after });
      log("info", "report-asked-for", { provider: id, who: change.who });
      return ok({ status: 201, json: report });
    },
  });
}

function addBooking(routes: Routes, { source, log }: Parts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/reports/{id}/book",
    summary:
      "Imports what the kept report of a month has and no entry as a bill: bypass, credits and taxes. Twice is once.",
    query: noQuery,
    body: BookReport,
    answer: BillImport,
    status: 201,
    run: async ({ id, body: { month }, caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      const begun = await source.book(id, month, caller.who);
      if (begun === undefined)
        return err({ code: "not_found", detail: "No report of this provider and month is kept." });
      if (!begun.ok) return err(importRefused(begun.error));
      log("info", "report-booked", { provider: id, month, import: begun.value.id, who: caller.who });
      return ok({ status: 201, json: begun.value });
    },
  });
}
