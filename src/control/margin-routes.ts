import { MarginQuery, MarginRows, NewRevenue, RevenueImport, RevenueQuery, RevenueRows } from "#contract";
import { assert, err, ok, type Result } from "#std";
import { checkQuestion } from "./check-question.ts";
import { type ControlProblem } from "./problems.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";
import { type QuestionProblem, toReply } from "./question-problem.ts";

type RevenueImportProblem =
  | { readonly type: "unreadable"; readonly problems: readonly { readonly line: number; readonly detail: string }[] }
  | { readonly type: "taken"; readonly line: number; readonly by: { readonly file: string; readonly line: number } };

export interface MarginSource {
  margins(query: MarginQuery): Promise<Result<MarginRows, QuestionProblem>>;
  revenue(query: RevenueQuery): Promise<RevenueRows>;
  importRevenue(given: NewRevenue, who: string): Promise<Result<RevenueImport, RevenueImportProblem>>;
}

/** A file of six million characters, as JSON. */
const BODY_BYTES_MAX = 13 * 1024 * 1024;

export function addMarginRoutes(
  routes: Routes,
  { margins, log }: { readonly margins: MarginSource; readonly log: ControlLog },
): void {
  routes.add({
    method: "GET",
    path: "/api/v1/margins",
    summary: "What customers bring less what they cost, the worst first, how that is spread, and who is under water.",
    query: MarginQuery,
    body: noBody,
    answer: MarginRows,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await margins.margins(query)) : checked;
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/revenue",
    summary:
      "The imported table of revenue: what customers paid for which period, and how much of that is in the range.",
    query: RevenueQuery,
    body: noBody,
    answer: RevenueRows,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? ok({ json: await margins.revenue(query) }) : checked;
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/revenue",
    summary: "Takes a file of revenue. The same again changes nothing; a corrected one replaces all its rows.",
    query: noQuery,
    body: NewRevenue,
    bodyBytesMax: BODY_BYTES_MAX,
    answer: RevenueImport,
    status: 201,
    run: async ({ body, caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      const taken = await margins.importRevenue(body, caller.who);
      if (!taken.ok) return err(toProblem(taken.error));
      log("info", "revenue-taken", { state: taken.value.state, rows: taken.value.file.rows, who: caller.who });
      return ok({ status: 201, json: taken.value } as const);
    },
  });
}

function toProblem(problem: RevenueImportProblem): ControlProblem {
  if (problem.type === "unreadable") {
    const fields = problem.problems.map(({ line, detail }) => ({ path: `line ${line}`, detail }));
    return { code: "revenue_unreadable", detail: "Nothing was taken: some lines are wrong.", fields };
  }
  const { line, by } = problem;
  return {
    code: "revenue_repeated",
    detail: `Line ${line} says what line ${by.line} of ${by.file} says already. Give the file that name to replace it.`,
  };
}
