import { type Books } from "#books";
import { AppliedSettlement, NewSettlement, SettlementPreview } from "#contract";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { type ReratingProblem } from "./rerating-routes.ts";
import { noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

export interface SettlementSource {
  preview(asked: NewSettlement): Promise<SettlementPreview>;
  apply(asked: AppliedSettlement): Promise<Result<SettlementPreview, ReratingProblem>>;
}

interface Parts {
  readonly source: SettlementSource;
  readonly audit: Books["audit"];
  readonly world: World;
  readonly log: ControlLog;
}

const RANGE_MS_MAX = 92 * 86_400_000;
const badRange = {
  code: "invalid_body",
  detail: "The days cannot be settled together.",
  fields: [{ path: "to", detail: "Not before from, and at most 92 days." }],
} as const;

export function addSettlementRoutes(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/reconciliations/settle/preview",
    summary: "What is estimated or in doubt, at what the kept report of its provider has of it. Changes nothing.",
    query: noQuery,
    body: NewSettlement,
    answer: SettlementPreview,
    status: 201,
    run: async ({ body }) => (isRange(body) ? ok({ status: 201, json: await source.preview(body) }) : err(badRange)),
  });
  routes.add({
    method: "POST",
    path: "/api/v1/reconciliations/settle/apply",
    summary:
      "Books what the preview showed as adjustments with their reason; the entries stay as they were. Twice is once.",
    query: noQuery,
    body: AppliedSettlement,
    answer: SettlementPreview,
    status: 201,
    run: async ({ body, caller }) => {
      if (!isRange(body)) return err(badRange);
      const change = changeBy(caller, world);
      const done = await source.apply(body);
      if (!done.ok) {
        const { code, path, detail } = done.error;
        return err({ code, detail, ...(path === "" ? {} : { fields: [{ path, detail }] }) });
      }
      const { provider, from, to, expected_nanos } = body;
      const { attempts } = done.value.total;
      const after = JSON.stringify({ from, to, attempts, difference_nanos: expected_nanos });
      await audit.add(change, { action: "settled", subject: `provider ${provider}`, before: undefined, after });
      log("info", "settled", { provider, from, to, attempts, difference: expected_nanos, who: change.who });
      return ok({ status: 201, json: done.value });
    },
  });
}

function isRange({ from, to }: NewSettlement): boolean {
  return from <= to && Date.parse(to) - Date.parse(from) <= RANGE_MS_MAX;
}
