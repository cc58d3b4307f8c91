import { err, ok, type Result, unreachable } from "#std";
import { type ControlProblem } from "./problems.ts";
import { type Reply } from "./routes.ts";

/** A question that is well formed and still has no answer. `bad-question`: a cursor or value that means nothing. */
export type QuestionProblem =
  | { readonly type: "bad-question"; readonly field: string; readonly detail: string }
  | { readonly type: "ledger-unavailable" };

export function toReply<Answer>(found: Result<Answer, QuestionProblem>): Result<Reply<Answer>, ControlProblem> {
  return found.ok ? ok({ json: found.value }) : err(toControlProblem(found.error));
}

export function toControlProblem(problem: QuestionProblem): ControlProblem {
  switch (problem.type) {
    case "bad-question":
      return {
        code: "invalid_query",
        detail: "Some query parameters are wrong.",
        fields: [{ path: problem.field, detail: problem.detail }],
      };
    case "ledger-unavailable":
      return { code: "unavailable", detail: "Ask again in a moment.", headers: { "retry-after": "1" } };
    default:
      return unreachable(problem);
  }
}
