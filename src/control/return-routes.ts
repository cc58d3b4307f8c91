import { ReturnQuery, ReturnRows } from "#contract";
import { type Result } from "#std";
import { checkQuestion } from "./check-question.ts";
import { noBody, type Routes } from "./routes.ts";
import { type QuestionProblem, toReply } from "./question-problem.ts";

export interface ReturnSource {
  returns(query: ReturnQuery): Promise<Result<ReturnRows, QuestionProblem>>;
}

export function addReturnRoute(routes: Routes, source: ReturnSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/returns",
    summary: "Whether features are worth their cost and what their latency costs, with every assumption beside it.",
    query: ReturnQuery,
    body: noBody,
    answer: ReturnRows,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await source.returns(query)) : checked;
    },
  });
}
