import { type Books } from "#books";
import { NewReconciliation, Reconciliation } from "#contract";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./sources.ts";

/** What of the pages cannot be compared, with its path in the body. */
export interface ReconciliationProblem {
  readonly code: "report_not_understood" | "report_incomplete" | "report_repeated" | "report_not_by_model";
  readonly path: string;
  readonly detail: string;
}

export interface ReconciliationSource {
  reconcile(asked: NewReconciliation): Promise<Result<Reconciliation, ReconciliationProblem>>;
}

interface Parts {
  readonly source: ReconciliationSource;
  readonly audit: Books["audit"];
  readonly world: World;
  readonly log: ControlLog;
}

/** Provider reports of a month by model, tier and key are some hundred kilobytes a page. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

export function addReconciliationRoute(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/reconciliations",
    summary:
      "Holds the ledger against a provider's own report. It changes no booking; that it was asked is in the audit.",
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
