import { type Books } from "#books";
import { AppliedPriceChange, PriceChange, PriceChangePreview } from "#contract";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { type ControlProblem } from "./problems.ts";
import { noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

export interface ReratingProblem {
  readonly code: "proposal_not_understood" | "preview_changed" | "apply_running" | "unavailable";
  /** In the body; empty for all of it. */
  readonly path: string;
  readonly detail: string;
}

export interface ReratingSource {
  preview(change: PriceChange): Promise<Result<PriceChangePreview, ReratingProblem>>;
  /** Writes the adjustments, and answers when the ledger has them. */
  apply(change: AppliedPriceChange): Promise<Result<PriceChangePreview, ReratingProblem>>;
}

interface Parts {
  readonly source: ReratingSource;
  readonly audit: Books["audit"];
  readonly world: World;
  readonly log: ControlLog;
}

export function addReratingRoutes(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/prices/preview",
    summary: "What other rates or discounts would change in the books, by model, feature and month. Changes nothing.",
    query: noQuery,
    body: PriceChange,
    answer: PriceChangePreview,
    status: 201,
    run: async ({ body }) => {
      const found = await source.preview(body);
      return found.ok ? ok({ status: 201, json: found.value }) : err(toProblem(found.error));
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/prices/apply",
    summary: "Books the difference as adjustments with their reason; the entries stay as they were. Twice is once.",
    query: noQuery,
    body: AppliedPriceChange,
    answer: PriceChangePreview,
    status: 201,
    run: async ({ body, caller }) => {
      const change = changeBy(caller, world);
      const done = await source.apply(body);
      if (!done.ok) return err(toProblem(done.error));
      const { from, to, reason, expected_nanos } = body;
      const { attempts } = done.value.total;
      const after = JSON.stringify({ from, to, reason, attempts, difference_nanos: expected_nanos });
      await audit.add(change, { action: "prices-applied", subject: "prices", before: undefined, after });
      log("info", "prices-applied", { from, to, attempts, difference: expected_nanos, who: change.who });
      return ok({ status: 201, json: done.value });
    },
  });
}

function toProblem({ code, path, detail }: ReratingProblem): ControlProblem {
  return { code, detail, ...(path === "" ? {} : { fields: [{ path, detail }] }) };
}
