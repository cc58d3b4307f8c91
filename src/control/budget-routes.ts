import { isDeepStrictEqual } from "node:util";
import { type Budget, BudgetDetail, BudgetDetailQuery, BudgetPage, BudgetQuery, NewBudget, SetBudget } from "#contract";
import { assert, err, ok, type Result } from "#std";
import { type World } from "#world";
import { BudgetChanges } from "./budget-changes.ts";
import { BudgetForecasts } from "./budget-forecasts.ts";
import { describeBudget } from "./budget-detail.ts";
import { type BudgetRow, budgetRows, byTightness, tightestOfEach } from "./budget-rows.ts";
import { type ControlProblem } from "./problems.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type AnalyticsSource, type BudgetSource } from "./sources.ts";
import { type ControlLog } from "./control-log.ts";

export interface BudgetRouteParts {
  readonly budgets: BudgetSource;
  readonly analytics: AnalyticsSource;
  readonly world: World;
  readonly log: ControlLog;
}

/** Scopes are part of ids, so slashes, stars and names in any script are. */
const BUDGET_ID = /^[^\p{Cc}]{1,512}$/u;

export function addBudgetRoutes(routes: Routes, parts: BudgetRouteParts): void {
  const changes = new BudgetChanges(parts.budgets, parts);
  const forecasts = new BudgetForecasts(parts.analytics);
  addListRoute(routes, { changes, forecasts });
  addDetailRoute(routes, { ...parts, changes, forecasts });
  addChangeRoutes(routes, changes, parts.log);
}

/** Forecasts ask the ledger, so only the tightest have one in the list. */
const FORECASTS_MAX = 20;

interface Reading {
  readonly changes: BudgetChanges;
  readonly forecasts: BudgetForecasts;
}

function addListRoute(routes: Routes, { changes, forecasts }: Reading): void {
  routes.add({
    method: "GET",
    path: "/api/v1/budgets",
    summary: "Budgets with what is spent, held, in doubt and left, tightest first; a `*` budget has a row a value.",
    query: BudgetQuery,
    body: noBody,
    answer: BudgetPage,
    run: async ({ query }) => {
      const state = await changes.state();
      const all = budgetRows(state).filter(({ budget }) => query.budget === undefined || budget.id === query.budget);
      const page = pageOf(query.by === "budget" ? tightestOfEach(all) : all, query);
      if (!page.ok) return page;
      const { rows, cursor } = page.value;
      const withForecast = query.by === "budget" ? rows.splice(0, FORECASTS_MAX) : [];
      const forecast = await Promise.all(withForecast.map((budget) => forecasts.added(budget, state.now)));
      const as_of = state.live && new Date(state.live.at).toISOString();
      return ok({ json: { rows: [...forecast, ...rows], cursor, as_of } });
    },
  });
}

function addDetailRoute(routes: Routes, parts: BudgetRouteParts & Reading): void {
  const { budgets, analytics, world, changes, forecasts } = parts;
  routes.add({
    method: "GET",
    path: "/api/v1/budgets/{id}",
    ids: BUDGET_ID,
    summary: "What one budget is made of: where its entries are and what they add up to, and who changed it.",
    query: BudgetDetailQuery,
    body: noBody,
    answer: BudgetDetail,
    run: async ({ id, query }) => {
      const rows = budgetRows(await changes.state()).filter(({ budget }) => budget.id === id);
      const found = rows.find(({ budget }) => query.values === undefined || isOf(budget, query.values));
      if (found === undefined) return err(unknown);
      const now = world.clock.now();
      const changed = await budgets.stored.changes(id, CHANGES_MAX);
      const budget = await forecasts.added(found.budget, now);
      return ok({ json: await describeBudget(budget, { analytics, changed, holds: budgets.holds(budget), now }) });
    },
  });
}

const CHANGES_MAX = 20;

function addChangeRoutes(routes: Routes, changes: BudgetChanges, log: ControlLog): void {
  routes.add({
    method: "PUT",
    path: "/api/v1/budgets",
    summary: "Makes or replaces a budget, or ends it with the limit null. In force within a second; spent money stays.",
    query: noQuery,
    body: NewBudget,
    answer: SetBudget,
    run: async ({ body, caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      const id = await changes.set(body, caller.who);
      if (!id.ok) return id;
      log("info", body.limit === null ? "budget-ended" : "budget-set", { budget: id.value, who: caller.who });
      const rows = budgetRows(await changes.state());
      return ok({ json: { id: id.value, budget: rows.find(({ budget }) => budget.id === id.value)?.budget } });
    },
  });
  routes.add({
    method: "DELETE",
    path: "/api/v1/budgets/{id}",
    ids: BUDGET_ID,
    summary: "Ends a budget that stands in the books. The ledger keeps what was spent.",
    query: noQuery,
    body: noBody,
    answer: undefined,
    status: 204,
    run: async ({ id, caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      const removed = await changes.remove(id, caller.who);
      if (!removed.ok) return removed;
      log("info", "budget-ended", { budget: id, who: caller.who });
      return ok({ status: 204, bytes: "", mediaType: "text/plain" });
    },
  });
}

const unknown = { code: "not_found", detail: "There is no budget of this id, or nothing of these values." } as const;

function isOf({ values }: Budget, asked: string): boolean {
  return values !== undefined && isDeepStrictEqual(readValues(asked), values);
}

function readValues(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // No budget is of what is no JSON.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A cursor is the place of the last row, so that a row that moves meanwhile moves no other. */
function pageOf(
  rows: readonly BudgetRow[],
  { cursor, limit }: BudgetQuery,
): Result<{ readonly rows: Budget[]; readonly cursor: string | undefined }, ControlProblem> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  if (cursor !== undefined && after === undefined) {
    const fields = [{ path: "cursor", detail: "Not one that we gave." }];
    return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
  }
  const rest = after === undefined ? rows : rows.filter((row) => byTightness(after, row) < 0);
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  return ok({
    rows: shown.map(({ budget }) => budget),
    cursor: last === undefined ? undefined : Buffer.from(`${last.used}|${last.key}`).toString("base64url"),
  });
}

const CURSOR = /^(\d{1,40})\|(.+)$/su;

function readCursor(cursor: string): Pick<BudgetRow, "used" | "key"> | undefined {
  const [, used = "", key = ""] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("utf8")) ?? [];
  return key === "" ? undefined : { used: BigInt(used), key };
}
